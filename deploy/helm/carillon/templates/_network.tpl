{{- define "carillon.scrapers" -}}
{{- with .Values.networkPolicy.scrapers }}{{ toYaml . }}{{ else }}- namespaceSelector: {}{{ end }}
{{- end }}

{{- define "carillon.toNames" -}}
- ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- end }}

{{/* The ports that `config.redis` names, as JSON. What sentinels lead to is at the usual one, or in networkPolicy.redisPorts. */}}
{{- define "carillon.redisPorts" -}}
{{- $redis := .Values.config.redis | default dict -}}
{{- $ports := .Values.networkPolicy.redisPorts -}}
{{- range concat (list $redis.url) ($redis.cluster | default list) -}}
{{- with . -}}{{- $ports = append $ports (regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default "6379" | int) -}}{{- end -}}
{{- end -}}
{{- with $redis.sentinel -}}
{{- range .nodes }}{{ $ports = append $ports (regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default "6379" | int) }}{{ end -}}
{{- $ports = append $ports 6379 -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end }}

{{- define "carillon.toRedis" -}}
- ports:
    {{- range include "carillon.redisPorts" . | fromJsonArray }}
    - port: {{ . }}
    {{- end }}
  {{- with .Values.networkPolicy.redis }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The port of a URL. ctx: url */}}
{{- define "carillon.urlPort" -}}
{{- $parsed := urlParse .url -}}
{{- regexFind ":[0-9]+$" $parsed.host | trimPrefix ":" | default (ternary "443" "80" (eq $parsed.scheme "https")) -}}
{{- end }}

{{- define "carillon.toProviders" -}}
{{- $ports := append .Values.networkPolicy.providerPorts 443 -}}
{{- with .Values.config.proxy }}{{ $ports = append $ports (include "carillon.urlPort" (dict "url" .) | int) }}{{ end -}}
{{- range $app, $settings := .Values.config.apps }}
{{- with $settings.endpoint }}{{ $ports = append $ports (include "carillon.urlPort" (dict "url" .) | int) }}{{ end }}
{{- range $settings.allowed_endpoints }}
{{- with regexFind ":[0-9]+$" . }}{{ $ports = append $ports (trimPrefix ":" . | int) }}{{ end }}
{{- end }}
{{- end }}
- ports:
    {{- range $ports | uniq }}
    - port: {{ . }}
    {{- end }}
  {{- with .Values.networkPolicy.providers }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "carillon.toCollector" -}}
{{- with (.Values.config.opentelemetry | default dict).endpoint }}
- ports: [{ port: {{ include "carillon.urlPort" (dict "url" .) }} }]
  {{- with $.Values.networkPolicy.collector }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
