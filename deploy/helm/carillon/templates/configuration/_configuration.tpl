{{/* What the chart sets in carillon.yaml unless the values do. */}}
{{- define "carillon.config" -}}
{{- $listeners := dict
  "ingress" (dict "listen" "0.0.0.0:8080" "ops_listen" "0.0.0.0:9401")
  "worker" (dict "ops_listen" "0.0.0.0:9402") -}}
{{- mergeOverwrite $listeners (deepCopy .Values.config) | toYaml -}}
{{- end }}

{{- define "carillon.port" -}}
{{- splitList ":" . | last -}}
{{- end }}

{{/* The ports of the pods, as JSON: http, ingressOps, workerOps. With a ConfigMap of one's own they are the usual ones. */}}
{{- define "carillon.ports" -}}
{{- $config := include "carillon.config" . | fromYaml -}}
{{- dict
  "http" (include "carillon.port" $config.ingress.listen | int)
  "ingressOps" (include "carillon.port" $config.ingress.ops_listen | int)
  "workerOps" (include "carillon.port" $config.worker.ops_listen | int) | toJson -}}
{{- end }}

{{/* The name of the ConfigMap of a group of workers, or without one of all others. ctx: root, group */}}
{{- define "carillon.configMap" -}}
{{- $group := .group | default "" -}}
{{- $concurrency := "" -}}
{{- if $group -}}{{- $concurrency = (include "carillon.group" . | fromYaml).concurrency -}}{{- end -}}
{{- if .root.Values.existingConfigMap -}}
{{- if $concurrency }}{{ fail "concurrency of a group needs `config`: with existingConfigMap, set worker.concurrency there" }}{{ end -}}
{{- .root.Values.existingConfigMap -}}
{{- else -}}
{{- include "carillon.name" .root }}{{ if $concurrency }}-worker-{{ $group }}{{ end -}}
{{- end -}}
{{- end }}
