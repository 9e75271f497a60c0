{{/* What app.kubernetes.io/name says. */}}
{{- define "hooktide.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "hooktide.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $both := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $both .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The full name and a suffix, no longer than a label may be: (list $ "api") */}}
{{- define "hooktide.named" -}}
{{- $suffix := last . -}}
{{- $room := sub 62 (len $suffix) | int -}}
{{- printf "%s-%s" (include "hooktide.fullname" (first .) | trunc $room | trimSuffix "-") $suffix }}
{{- end }}

{{- define "hooktide.serviceAccountName" -}}
{{- $made := .Values.serviceAccount.create | ternary (include "hooktide.fullname" .) "default" -}}
{{- default $made .Values.serviceAccount.name }}
{{- end }}

{{- define "hooktide.image" -}}
{{- with .Values.image -}}
{{- .repository }}{{ empty .digest | ternary (printf ":%s" (default $.Chart.AppVersion .tag)) (printf "@%s" .digest) }}
{{- end }}
{{- end }}

{{/* What a Deployment's selector can't change, so nothing of a version: (list $ "api") */}}
{{- define "hooktide.selector" -}}
app.kubernetes.io/name: {{ include "hooktide.name" (first .) }}
app.kubernetes.io/instance: {{ (first .).Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{/* Labels of what belongs to a component: (list $ "api") */}}
{{- define "hooktide.labels" -}}
{{ include "hooktide.selector" . }}
{{ include "hooktide.release" (first .) }}
{{- end }}

{{- define "hooktide.release" -}}
app.kubernetes.io/part-of: hooktide
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Pods that belong to the release and serve nothing have another name, so that no selector of those that do finds them. */}}
{{- define "hooktide.aside" -}}
app.kubernetes.io/name: {{ printf "%s-%s" (include "hooktide.name" (first .) | trunc 48) (last .) }}
app.kubernetes.io/instance: {{ (first .).Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}
