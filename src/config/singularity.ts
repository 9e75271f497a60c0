import type { Problem, Setting } from './setting.js';

/** What a config file of Singularity says that means nothing here. */

const words = (text: string): Set<string> => new Set(text.trim().split(/\s+/));

/** Top-level fields of Singularity's configuration over its releases, and Dropwizard's own. */
const TOP_LEVEL = words(`
  admin logging
  allowBounceToSameHost allowDeployOfPausedRequests allowRequestsWithoutOwners allowTestResourceCalls
  askDriverToKillTasksAgainAfterMillis cacheDeploysForMillis cacheDeploysInitialSize cacheDeploysMaxSize
  cacheForWebForMillis cacheOffers cacheOffersForMillis cacheStateForMillis cacheTasksForMillis cacheTasksInitialSize
  cacheTasksMaxSize checkAutoSpreadAllAgentsEverySeconds checkAutoSpreadAllSlavesEverySeconds checkDeploysEverySeconds
  checkExpiringUserActionEveryMillis checkJobsEveryMillis checkMesosMasterHeartbeatEverySeconds
  checkNewTasksEverySeconds checkNewTasksScheduledThreads checkPriorityKillsEveryMillis checkQueuedMailsEveryMillis
  checkReconcileWhenRunningEveryMillis checkScheduledJobsEveryMillis checkSchedulerEverySeconds
  checkUpstreamsEverySeconds checkUsageEveryMillis cleanInactiveHostListEveryHours cleanUsageEveryMillis
  cleanupEverySeconds closeWaitSeconds commonHostnameSuffixToOmit compressLargeDataObjects
  considerNonLongRunningTaskLongRunningAfterRunningForSeconds considerTaskHealthyAfterRunningForSeconds
  cooldownAfterFailures cooldownAfterPctOfInstancesFail cooldownExpiresAfterMinutes cooldownMinScheduleSeconds
  coreThreadpoolSize cors cpuHardLimit cpuHardLimitScaleFactor crashLoop createDeployIds customExecutor
  debugCuratorCallOverBytes debugCuratorCallOverMillis defaultAgentPlacement defaultBounceExpirationMinutes
  defaultDeployMaxTaskRetries defaultDeployStepWaitTimeMs defaultOfferScoreForMissingUsage defaultSlavePlacement
  defaultTaskPriorityLevel defaultTaskPriorityLevelForRequestType defaultValueForKillTasksOfPausedRequests
  delayOfferProcessingForLargeStatusUpdateDelta delayPollersWhenDeltaOverMs
  delayPollersWhenPercentOfRequestsOverUpdateDelta deleteDeadAgentsAfterHours deleteDeadSlavesAfterHours
  deleteDeploysFromZkWhenNoDatabaseAfterHours deleteRemovedRequestsFromLoadBalancer
  deleteStaleRequestsFromZkWhenNoDatabaseAfterHours deleteTasksFromZkWhenNoDatabaseAfterHours
  deltaAfterWhichTasksAreLateMillis deployCacheTtlInSeconds deployHealthyBySeconds deployIdLength disasterDetection
  dispatchTaskShellCommandsEverySeconds doNotShuffleRequests enableCorsFilter enforceSignedArtifacts
  expectedRacksCount fastCooldownExpiresMinutesWithoutFailure fastFailureCooldownCount fastFailureCooldownMs
  freeCpuWeightForOffer freeDiskWeightForOffer freeMemWeightForOffer graphite healthcheckFailureStatusCodes
  healthcheckIntervalSeconds healthcheckMaxRetries healthcheckMaxTotalTimeoutSeconds healthcheckStartThreads
  healthcheckTimeoutSeconds highCpuAgentCutOff highMemoryAgentCutOff historyPurging hostname
  killAfterTasksDoNotRunDefaultSeconds killNonLongRunningTasksInCleanupAfterSeconds killTaskIfNotHealthyAfterSeconds
  ldap ldapCacheEnabled ldapCacheExpireMillis ldapCacheSize listenerThreadpoolSize loadBalancerQueryParams
  loadBalancerRemovalGracePeriodMillis loadBalancerRequestTimeoutMillis loadBalancerUri logFetchMaxThreads
  longRunningUsedCpuWeightForOffer longRunningUsedDiskWeightForOffer longRunningUsedMemWeightForOffer
  maxActiveOnDemandTasksPerRequest maxAgentUsageMetricAgeMs maxConcurrentUsageCollections maxDecommissioningAgents
  maxDecommissioningSlaves maxDeployIdSize maxHealthcheckResponseBodyBytes maxMachineHistoryEntries
  maxMissedMesosMasterHeartbeats maxNonLongRunningUsedResourceWeight maxPendingImmediatePersists maxRequestIdSize
  maxRequestsWithHistoryInZkWhenNoDatabase maxRunNowTaskLaunchDelayDays maxSlaveUsageMetricAgeMs
  maxStaleDeploysPerRequestInZkWhenNoDatabase maxStaleTasksPerRequestInZkWhenNoDatabase maxTasksPerOffer
  maxTasksPerOfferPerRequest maxTasksToShufflePerHost maxTasksToShuffleTotal maxUserIdSize mesos
  minutesBeforeNewTaskEligibleForShuffle network newTaskCheckerBaseDelaySeconds numUsageToKeep offerCacheSize
  optInEmailMode pendingDeployHoldTaskDuringDecommissionMillis persistHistoryEverySeconds placementLeniency
  preResolveUpstreamDNS preemptibleTaskMaxExpectedRuntimeMs preemptibleTasksOnlyMachineAttributes
  preferredAgentScaleFactor proxyRunNowToLeader rackSensitive reCheckMetricsForLargeNewTaskCount readOnlyInstance
  rebalanceRacksOnScaleDown reconcileAgentsEveryMinutes reconcileLaunchAfterMillis reconcileSlavesEveryMinutes
  requestCacheTtlInSeconds reserveAgentsWithAttributes reserveSlavesWithAttributes s3 sandboxDefaultsToTaskId
  sandboxHttpTimeoutMillis saveStateEverySeconds schedulerPriorityWeightFactor schedulerStartupConcurrency sentry
  shuffleTasksForOverloadedAgents shuffleTasksForOverloadedSlaves shuffleTasksWhenAgentMemoryUtilizationPercentageExceeds
  shuffleTasksWhenSlaveMemoryUtilizationPercentageExceeds skipDNSPreResolutionForRequests
  slowCooldownExpiresMinutesWithoutFailure slowFailureCooldownCount slowFailureCooldownMs smtp spreadAllAgentsEnabled
  spreadAllSlavesEnabled sqlFallBackToBytesFields sqlReadOnlyMode startNewReconcileEverySeconds startupDelaySeconds
  startupIntervalSeconds startupTimeoutSeconds statusQueueNearlyFull storeAllMesosTaskInfoForDebugging
  taskExecutionTimeLimitMillis taskHistoryQueryUsesZkFirst taskLabelForLoadBalancerUpstreamGroup taskMetadata
  taskPersistAfterStartupBufferMillis threadpoolShutdownDelayInSeconds ui usageIntervalSeconds
  useApiCacheInDeployManager useApiCacheInRequestManager useLoggingCuratorFramework validDockerRegistries
  waitForListeners warnIfScheduledJobIsRunningForAtLeastMillis warnIfScheduledJobIsRunningPastNextRunPct webhookAuth
  zookeeper zookeeperAsyncTimeout
`);

/** Their keys in sections whose name Hooktide uses too. */
const IN_SECTIONS = new Map([
  [
    'server',
    words(`
    adminConnectors adminContextPath adminMaxThreads adminMinThreads allowedMethods applicationConnectors
    applicationContextPath connector detailedJsonProcessingExceptionMapper dumpAfterStart dumpBeforeStop
    enableAdminVirtualThreads enableThreadNameFilter enableVirtualThreads group gzip idleThreadTimeout maxQueuedRequests
    maxThreads minThreads nofileHardLimit nofileSoftLimit registerDefaultExceptionMappers requestLog
    responseMeteredLevel rootPath serverPush shutdownGracePeriod startsAsRoot stopTimeout type uid umask user
  `),
  ],
  [
    'database',
    words(`
    abandonWhenPercentageFull alternateUsernamesAllowed autoCommentsEnabled autoCommitByDefault
    checkConnectionOnBorrow checkConnectionOnConnect checkConnectionOnReturn checkConnectionWhileIdle
    commitOnReturn defaultCatalog defaultTransactionIsolation driverClass evictionInterval healthCheckValidationQuery
    healthCheckValidationTimeout ignoreExceptionOnPreLoad initialSize initializationQuery jdbcInterceptors
    logAbandonedConnections logValidationErrors maxConnectionAge maxSize maxWaitForConnection minIdleTime minSize
    password properties readOnlyByDefault removeAbandoned removeAbandonedTimeout rollbackOnReturn useFairQueue user
    validationInterval validationQuery validationQueryTimeout validatorClassName
  `),
  ],
  [
    'auth',
    words(`
    adminGroups authMode authResponseParser authenticator authenticators datastore defaultEmailDomain
    defaultReadOnlyGroups enabled globalReadOnlyGroups jitaGroups requestUserHeaderName requiredGroups scopes
    webhookAuthConnectTimeoutMs webhookAuthRequestTimeoutMs webhookAuthRetries
  `),
  ],
  [
    'metrics',
    words(`
    frequency reportOnStop reporters
  `),
  ],
  [
    'webhookQueue',
    words(`
    maxZkQueuedWebhooksPerParentNode
  `),
  ],
]);

/** The key as Singularity's documents name it (`mesos`, `server.connector`), if the path is at or below one of its own. */
export function singularityKey(path: string): string | undefined {
  const [top = '', below = ''] = path.split('.');
  if (TOP_LEVEL.has(top)) return top;
  return IN_SECTIONS.get(top)?.has(below) ? `${top}.${below}` : undefined;
}

/** What would be dangerous to ignore. */
export function singularityProblem({ path, value, origin }: Setting): Problem | undefined {
  if (path === 'auth.enabled' && value !== false) {
    const message =
      'auth.enabled is how Singularity asks for users and groups, which Hooktide has not: ' +
      'write auth.tokenFile: <file that holds a token> instead.';
    return { key: path, origin, message };
  }
  return undefined;
}
