const MADE_AT = '2026-11-22T10:00:00.000Z';

const CI = {
  id: 1,
  name: 'ci of web',
  scopes: ['ingest'],
  application: 'web',
  state: 'valid',
  createdAt: MADE_AT,
  createdBy: 'anybody',
  expiresAt: '2027-02-20T10:00:00.000Z',
  revokedAt: null,
  lastUsedAt: null,
};
const OPERATOR = { ...CI, id: 2, name: 'operator', scopes: ['admin'], application: null, expiresAt: null };

const token = 'hkt_4sUXmT0Rbs8bYwYh1mJNqB2Dq9LzO3w5cVtE7xKpA0Y';

export const MADE = { ...CI, token };
export const MADE_OPERATOR = { ...OPERATOR, token };
export const LIST = { items: [CI, OPERATOR], next: null };
