{{/* The variables of a component, as JSON. Each once: extraEnv wins, the workload's first. (dict "root" "component" "workload" "roles") */}}
{{- define "hooktide.env" -}}
{{- $root := .root -}}
{{- $env := list
  (dict "name" "HOOKTIDE_CONFIG" "value" "/etc/hooktide/hooktide.yaml")
  (dict "name" "HOOKTIDE_ROLES" "value" .roles)
  (dict "name" "HOOKTIDE_SERVER_HOST" "value" (include "hooktide.setting" (list $root "0.0.0.0" "server" "host")))
  (dict "name" "HOOKTIDE_SERVER_DRAIN_MILLIS" "value" (include "hooktide.drainMillis" $root))
-}}
{{- range fromJsonArray (include "hooktide.secretFiles" $root) -}}
  {{- if and (index $root.Values .of).existingSecret (has (default $.component .only) (list $.component)) -}}
    {{- $env = append $env (dict "name" .variable "value" (printf "/run/hooktide/%s" .of)) -}}
  {{- end -}}
{{- end -}}
{{- if eq $root.Values.migrations.mode "job" -}}
  {{- $env = append $env (dict "name" "HOOKTIDE_DATABASE_MIGRATE_AT_START" "value" "false") -}}
{{- end -}}
{{- if $root.Values.test.enabled -}}
  {{- $allowed := ($root.Values.config.egress | default dict).allow | default list -}}
  {{- $env = append $env (dict "name" "HOOKTIDE_EGRESS_ALLOW" "value" (append $allowed (include "hooktide.testReceiver" $root) | toJson)) -}}
{{- end -}}
{{- with ((.workload.resources).limits).memory -}}
  {{- $env = append $env (dict "name" "NODE_OPTIONS" "value" (printf "--max-old-space-size=%s" (include "hooktide.heap" .))) -}}
{{- end -}}
{{- $all := list -}}
{{- $names := list -}}
{{- range concat $env $root.Values.extraEnv .workload.extraEnv | reverse -}}
  {{- if not (has .name $names) }}{{ $all = prepend $all . }}{{ $names = append $names .name }}{{ end -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{/* Files of the secrets that a component has, as the sources of a projected volume; each under the name of its section. */}}
{{- define "hooktide.secretSources" -}}
{{- $component := last . -}}
{{- $root := first . -}}
{{- range fromJsonArray (include "hooktide.secretFiles" $root) }}
{{- $secret := index $root.Values .of }}
{{- if and $secret.existingSecret (has (default $component .only) (list $component)) }}
- secret:
    name: {{ $secret.existingSecret }}
    items: [{ key: {{ $secret.key | quote }}, path: {{ .of }} }]
{{- end }}
{{- end }}
{{- include "hooktide.databaseAuthority" $root }}
{{- end }}

{{- define "hooktide.databaseAuthority" -}}
{{- with .Values.database.tls }}
{{- if .existingSecret }}
- secret:
    name: {{ .existingSecret }}
    items: [{ key: {{ .key | quote }}, path: database-ca/ca.crt }]
{{- end }}
{{- end }}
{{- end }}

{{/* A pod of a component. (dict "root" "component" "workload" "roles") */}}
{{- define "hooktide.pod" -}}
{{- $root := .root -}}
{{- $sources := include "hooktide.secretSources" (list $root .component) | trim -}}
metadata:
  {{- $own := include "hooktide.labels" (list $root .component) | fromYaml }}
  labels: {{ merge $own .workload.podLabels $root.Values.podLabels | toYaml | nindent 4 }}
  {{- $sum := dict "checksum/config" (include "hooktide.configFile" $root | sha256sum) }}
  annotations: {{ merge $sum .workload.podAnnotations $root.Values.podAnnotations | toYaml | nindent 4 }}
spec:
  serviceAccountName: {{ include "hooktide.serviceAccountName" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{ toYaml $root.Values.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ include "hooktide.gracePeriod" (list $root .workload) }}
  containers:
    - name: hooktide
      image: {{ include "hooktide.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      securityContext: {{ toYaml $root.Values.securityContext | nindent 8 }}
      env: {{ fromJsonArray (include "hooktide.env" .) | toYaml | nindent 8 }}
      {{- with $root.Values.extraEnvFrom }}
      envFrom: {{ toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - { name: http, containerPort: {{ include "hooktide.port" $root }}, protocol: TCP }
      startupProbe:
        httpGet: { path: /healthz, port: http }
        {{- toYaml $root.Values.probes.startup | nindent 8 }}
      livenessProbe:
        httpGet: { path: /healthz, port: http }
        {{- toYaml $root.Values.probes.liveness | nindent 8 }}
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        {{- toYaml $root.Values.probes.readiness | nindent 8 }}
      resources: {{ toYaml .workload.resources | nindent 8 }}
      volumeMounts:
        - { name: config, mountPath: /etc/hooktide, readOnly: true }
        {{- if $sources }}
        - { name: secrets, mountPath: /run/hooktide, readOnly: true }
        {{- end }}
        - { name: tmp, mountPath: /tmp }
        {{- with $root.Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: config
      configMap: { name: {{ include "hooktide.named" (list $root "config") }} }
    {{- if $sources }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources: {{ $sources | nindent 10 }}
    {{- end }}
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    {{- with $root.Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .workload.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .workload.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .workload.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .workload.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .workload.topologySpreadConstraints }}
  {{- $selector := dict "labelSelector" (dict "matchLabels" (include "hooktide.selector" (list $root $.component) | fromYaml)) }}
  topologySpreadConstraints:
    {{- range . }}
    - {{ merge (dict) . (hasKey . "labelSelector" | ternary dict $selector) | toYaml | nindent 6 | trim }}
    {{- end }}
  {{- end }}
{{- end }}
