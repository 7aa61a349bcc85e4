{{/* The name of everything: that of the release, with "carillon" in it. */}}
{{- define "carillon.name" -}}
{{- if contains "carillon" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-carillon" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{/* What selects pods; it never changes between versions. */}}
{{- define "carillon.selector" -}}
app.kubernetes.io/name: carillon
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "carillon.labels" -}}
{{ include "carillon.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "carillon.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* A group of workers as it is in the end: its own values over those that all have. ctx: root, group (its name) */}}
{{- define "carillon.group" -}}
{{- $own := index .root.Values.workers .group | default dict -}}
{{- $all := dict "credentials" .root.Values.credentials -}}
{{- mergeOverwrite (deepCopy .root.Values.workerDefaults) $all (deepCopy $own) | toYaml -}}
{{- end }}
