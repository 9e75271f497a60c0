{{/* The Deployment of a component and what stands around it. (dict "root" "component" "workload" "roles") */}}
{{- define "hooktide.workload" -}}
{{- $root := .root -}}
{{- $name := include "hooktide.named" (list $root .component) -}}
{{- $budget := .workload.podDisruptionBudget -}}
{{- $scaling := .workload.autoscaling -}}
{{- $pods := $scaling.enabled | ternary $scaling.minReplicas .workload.replicas | int -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{ include "hooktide.labels" (list $root .component) | nindent 4 }}
spec:
  {{- if not $scaling.enabled }}
  replicas: {{ .workload.replicas }}
  {{- end }}
  strategy: {{ toYaml .workload.strategy | nindent 4 }}
  selector:
    matchLabels: {{ include "hooktide.selector" (list $root .component) | nindent 6 }}
  template: {{ include "hooktide.pod" . | nindent 4 }}
{{- if $scaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{ include "hooktide.labels" (list $root .component) | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ $name }} }
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    {{- with $scaling.targetCPUUtilizationPercentage }}
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: {{ . }} } }
    {{- end }}
    {{- with $scaling.metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $scaling.behavior }}
  behavior: {{ toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- if and $budget.enabled (gt $pods 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels: {{ include "hooktide.labels" (list $root .component) | nindent 4 }}
spec:
  {{- if ne (toString $budget.minAvailable) "" }}
  minAvailable: {{ $budget.minAvailable }}
  {{- else }}
  maxUnavailable: {{ eq (toString $budget.maxUnavailable) "" | ternary 1 $budget.maxUnavailable }}
  {{- end }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{ include "hooktide.selector" (list $root .component) | nindent 6 }}
{{- end }}
{{- end }}
