{{/* A key of config by its path, or what it is by default: (list $ 7099 "server" "port") */}}
{{- define "hooktide.setting" -}}
{{- $value := (first .).Values.config -}}
{{- range slice . 2 }}{{ $value = get (default dict $value) . }}{{ end -}}
{{- if or (kindIs "invalid" $value) (eq (toString $value) "") }}{{ index . 1 }}{{ else }}{{ $value }}{{ end -}}
{{- end }}

{{/* The same as a whole number: those from a million on would be printed as 1e+06. */}}
{{- define "hooktide.number" -}}
{{- include "hooktide.setting" . | float64 | int64 }}
{{- end }}

{{- define "hooktide.port" -}}
{{- include "hooktide.number" (list . 7099 "server" "port") }}
{{- end }}

{{- define "hooktide.configFile" -}}
{{- toYaml .Values.config }}
{{- end }}

{{/* Which secrets there are: for each the variable that names its file, and which components get it. As JSON. */}}
{{- define "hooktide.secretFiles" -}}
{{- $files := list
  (dict "of" "database" "variable" "HOOKTIDE_DATABASE_URL_FILE")
  (dict "of" "databaseReplica" "variable" "HOOKTIDE_DATABASE_REPLICA_URL_FILE")
  (dict "of" "auth" "variable" "HOOKTIDE_AUTH_TOKEN_FILE")
  (dict "of" "secrets" "variable" "HOOKTIDE_SECRETS_KEYS_FILE")
  (dict "of" "signing" "variable" "HOOKTIDE_SIGNING_KEYS_FILE")
  (dict "of" "hookSlinger" "variable" "HOOKTIDE_HOOK_SLINGER_API_TOKEN_FILE" "only" "api")
  (dict "of" "webhookQueue" "variable" "HOOKTIDE_WEBHOOK_QUEUE_AWS_SECRET_KEY_FILE")
  (dict "of" "egress" "variable" "HOOKTIDE_EGRESS_PROXY_FILE")
  (dict "of" "tracing" "variable" "HOOKTIDE_TRACING_HEADERS_FILE")
-}}
{{- toJson $files }}
{{- end }}

{{/* Where the test's receiver is. */}}
{{- define "hooktide.testReceiver" -}}
{{- printf "%s.%s.svc:8080" (include "hooktide.named" (list . "test")) .Release.Namespace }}
{{- end }}

{{/* Three quarters of a memory limit, in MiB: what Node.js may have as its heap. */}}
{{- define "hooktide.heap" -}}
{{- $units := dict "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- $unit := get $units (regexFind "[A-Za-z]+$" .) | default 1 -}}
{{- divf (mulf $number $unit 0.75) 1048576 | floor | int64 }}
{{- end }}

{{/* How long a pod that ends goes on serving, until nobody sends it anything any more. */}}
{{- define "hooktide.drainMillis" -}}
{{- include "hooktide.number" (list . 5000 "server" "drainMillis") }}
{{- end }}

{{/* Long enough for that, and for what is under way: (list $ .Values.api) */}}
{{- define "hooktide.gracePeriod" -}}
{{- $shutdown := include "hooktide.number" (list (first .) 20000 "shutdownTimeoutMillis") | int64 -}}
{{- $drain := include "hooktide.drainMillis" (first .) | int64 -}}
{{- $seconds := div (add $shutdown $drain 999) 1000 -}}
{{- $given := (last .).terminationGracePeriodSeconds | int64 -}}
{{- if and $given (le $given $seconds) -}}
  {{- fail (printf "terminationGracePeriodSeconds is %d, and a pod may take %d seconds to end (config.server.drainMillis, config.shutdownTimeoutMillis): write more, or 0." $given $seconds) -}}
{{- end -}}
{{- default (add $seconds 10) $given }}
{{- end }}
