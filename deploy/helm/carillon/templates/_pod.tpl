{{/* A Deployment. ctx: root, component, name, group (or none), args, ports, credentials, values (replicas, resources) */}}
{{- define "carillon.deployment" -}}
{{- $root := .root -}}
{{- $pod := .selector -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels:
    {{- include "carillon.labels" $root | nindent 4 }}
    {{- $pod | nindent 4 }}
spec:
  {{- if eq $root.Values.autoscaling.kind "none" }}
  replicas: {{ .values.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "carillon.selector" $root | nindent 6 }}
      {{- $pod | nindent 6 }}
  strategy:
    # For some homeservers a notify that finds nobody is lost.
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  template:
    metadata:
      labels:
        {{- include "carillon.labels" $root | nindent 8 }}
        {{- $pod | nindent 8 }}
      {{- $annotations := deepCopy $root.Values.podAnnotations }}
      {{- if $root.Values.monitoring.scrapeAnnotations }}
      {{- $scraped := dict "prometheus.io/scrape" "true" "prometheus.io/port" (.ports.ops | toString) "prometheus.io/path" "/metrics" }}
      {{- $annotations = merge $annotations $scraped }}
      {{- end }}
      {{- with $annotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "carillon.podSettings" (dict "root" $root "pod" $pod) | nindent 6 }}
      terminationGracePeriodSeconds: {{ $root.Values.stopGraceSeconds }}
      containers:
        - name: {{ .component }}
          {{- include "carillon.containerSettings" $root | nindent 10 }}
          args: {{- toYaml .args | nindent 12 }}
          ports:
            {{- with .ports.http }}
            - { name: http, containerPort: {{ . }} }
            {{- end }}
            - { name: ops, containerPort: {{ .ports.ops }} }
          # A process that hangs is started again. Not /ready: a restart does not mend Redis.
          livenessProbe: { httpGet: { path: /health, port: ops }, periodSeconds: 10, timeoutSeconds: 5 }
          readinessProbe: { httpGet: { path: /ready, port: ops }, periodSeconds: 2, failureThreshold: 2 }
          {{- if .ports.http }}
          # So that the Service forgets the pod before it stops taking connections.
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          {{- end }}
          resources: {{- toYaml .values.resources | nindent 12 }}
          volumeMounts: {{- include "carillon.mounts" . | nindent 12 }}
      volumes: {{- include "carillon.volumes" . | nindent 8 }}
{{- end }}

{{/* ctx: root, pod (labels that tell these pods from others, or none) */}}
{{- define "carillon.podSettings" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if .pod }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "carillon.selector" $.root | nindent 8 }}
        {{- $.pod | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "carillon.containerSettings" -}}
image: {{ include "carillon.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* Directories, not single files: a subPath never shows the file that replaced it. ctx: root, credentials */}}
{{- define "carillon.mounts" -}}
- { name: configuration, mountPath: /etc/carillon, readOnly: true }
{{- if .root.Values.redis.existingSecret }}
- { name: redis, mountPath: /run/secrets/redis, readOnly: true }
{{- end }}
{{- range $at, $one := .credentials }}
- { name: credentials-{{ $at }}, mountPath: {{ $one.mountPath | quote }}, readOnly: true }
{{- end }}
{{- end }}

{{/* ctx: root, group, credentials */}}
{{- define "carillon.volumes" -}}
- { name: configuration, configMap: { name: {{ include "carillon.configMap" . }} } }
{{- with .root.Values.redis.existingSecret }}
- { name: redis, secret: { secretName: {{ . }}, defaultMode: 288 } } # 0440
{{- end }}
{{- range $at, $one := .credentials }}
- { name: credentials-{{ $at }}, secret: { secretName: {{ $one.secret }}, defaultMode: 288 } }
{{- end }}
{{- end }}

{{/* One pod at a time when nodes are drained. ctx: root, name, selector */}}
{{- define "carillon.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels: {{- include "carillon.labels" .root | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "carillon.selector" .root | nindent 6 }}
      {{- .selector | nindent 6 }}
{{- end }}
