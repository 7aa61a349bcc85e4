{{/* ctx: root, name (of the Deployment), autoscaling (min, max), queries, behavior, cpu (whether CPU counts, too) */}}
{{- define "carillon.autoscaler" -}}
{{- $root := .root -}}
{{- if eq $root.Values.autoscaling.kind "keda" -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .name }}
  labels: {{- include "carillon.labels" $root | nindent 4 }}
spec:
  scaleTargetRef: { name: {{ .name }} }
  pollingInterval: 15
  minReplicaCount: {{ .autoscaling.min }}
  maxReplicaCount: {{ .autoscaling.max }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior: {{- .behavior | nindent 8 }}
  # The trigger that asks for the most counts.
  triggers:
    {{- if .cpu }}
    - type: cpu
      metricType: Utilization
      metadata: { value: '60' }
    {{- end }}
    {{- range .queries }}
    - type: prometheus
      name: {{ .record | replace "_" "-" }}
      metricType: Value
      metadata:
        serverAddress: {{ $root.Values.autoscaling.prometheusUrl | quote }}
        threshold: {{ .limit | toString | quote }}
        ignoreNullValues: 'false' # no answer scales nothing
        query: {{ .expr | toJson }}
    {{- end }}
{{- else if eq $root.Values.autoscaling.kind "hpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels: {{- include "carillon.labels" $root | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ .name }} }
  minReplicas: {{ .autoscaling.min }}
  maxReplicas: {{ .autoscaling.max }}
  # The metric that asks for the most counts.
  metrics:
    {{- if .cpu }}
    - type: Resource
      resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } }
    {{- end }}
    {{- range .queries }}
    # Recorded by the PrometheusRule, and made an external metric by prometheus-adapter.
    - type: External
      external:
        metric: { name: scaling_{{ .record }}, selector: { matchLabels: { deployment: {{ $.name }} } } }
        target: { type: Value, value: {{ printf "%dm" (mulf .limit 1000 | int) | quote }} }
    {{- end }}
  behavior: {{- .behavior | nindent 4 }}
{{- end -}}
{{- end }}
