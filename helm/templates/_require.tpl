{{/* What can be told before anything is started. Templates fail with the first. */}}
{{- define "hooktide.require" -}}
{{- $config := .Values.config -}}
{{- range tuple
  (list "database" "url" "database.existingSecret")
  (list "database" "replicaUrl" "databaseReplica.existingSecret")
  (list "secrets" "keys" "secrets.existingSecret")
  (list "signing" "keys" "signing.existingSecret")
  (list "hookSlinger" "apiToken" "hookSlinger.existingSecret")
  (list "webhookQueue" "awsSecretKey" "webhookQueue.existingSecret")
  (list "tracing" "headers" "tracing.existingSecret")
-}}
  {{- if get (get $config (index . 0) | default dict) (index . 1) -}}
    {{- fail (printf "config.%s.%s is secret, and a ConfigMap is not: write it into a Secret, and name that by %s." (index . 0) (index . 1) (index . 2)) -}}
  {{- end -}}
{{- end -}}
{{- if contains "@" (($config.egress).proxy | default "") -}}
  {{- fail "config.egress.proxy holds a password, and a ConfigMap is not secret: write it into a Secret, and name that by egress.existingSecret." -}}
{{- end -}}
{{- if not (or .Values.database.existingSecret ($config.database).urlFile) -}}
  {{- fail (printf "database.existingSecret is missing: name a Secret whose key %q holds the url of a Postgres, such as one made by: kubectl create secret generic hooktide-database --namespace %s --from-literal=%s=postgres://user:password@host:5432/database" .Values.database.key .Release.Namespace .Values.database.key) -}}
{{- end -}}
{{- $auth := $config.auth | default dict -}}
{{- $hasToken := or .Values.auth.existingSecret $auth.tokenFile -}}
{{- if not (or $hasToken $auth.jwt $auth.mode) -}}
  {{- fail (printf "auth.existingSecret is missing: name a Secret whose key %q holds a token, such as one made by: kubectl create secret generic hooktide-token --namespace %s --from-literal=%s=\"$(openssl rand -hex 32)\". Or write config.auth.jwt, or config.auth.mode: none to let everybody in who reaches the pods." .Values.auth.key .Release.Namespace .Values.auth.key) -}}
{{- end -}}
{{- if and (eq ($auth.mode | default "") "none") $hasToken -}}
  {{- fail "config.auth.mode is none although there is a token: write one of them." -}}
{{- end -}}
{{- if $config.roles -}}
  {{- fail "config.roles is not for here: dispatch.enabled says which pods have which roles." -}}
{{- end -}}
{{- range list .Values.api .Values.dispatch -}}
  {{- with .podDisruptionBudget -}}
    {{- if and (ne (toString .minAvailable) "") (ne (toString .maxUnavailable) "") -}}
      {{- fail "podDisruptionBudget has minAvailable and maxUnavailable: write one of them." -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- end }}
