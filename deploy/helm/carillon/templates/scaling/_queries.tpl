{{/* An app's name, or a glob over names, as a regular expression without backslashes. ctx: text, glob */}}
{{- define "carillon.regex" -}}
{{- $text := .text | replace "." "[.]" | replace "+" "[+]" | replace "(" "[(]" | replace ")" "[)]" | replace "|" "[|]" -}}
{{- if .glob }}{{ $text | replace "*" ".*" | replace "?" "." }}{{ else }}{{ $text | replace "*" "[*]" | replace "?" "[?]" }}{{ end -}}
{{- end }}

{{/* The label matchers of what a group takes, such as app=~"a|b",lane=~"calls"; empty for everything. ctx: root, values of the group */}}
{{- define "carillon.matchers" -}}
{{- $matchers := list -}}
{{- if .values.types -}}
{{- $names := list -}}
{{- range $app, $settings := .root.Values.config.apps -}}
{{- $type := $settings.type | replace "gcm" "fcm" -}}
{{- if has $type $.values.types }}{{ $names = append $names (include "carillon.regex" (dict "text" $app)) }}{{ end -}}
{{- end -}}
{{- if $names }}{{ $matchers = append $matchers (printf "app=~%q" (join "|" $names)) }}{{ end -}}
{{- end -}}
{{- if .values.apps -}}
{{- $globs := list -}}
{{- range .values.apps }}{{ $globs = append $globs (include "carillon.regex" (dict "text" . "glob" true)) }}{{ end -}}
{{- $matchers = append $matchers (printf "app=~%q" (join "|" $globs)) -}}
{{- end -}}
{{- if .values.lanes }}{{ $matchers = append $matchers (printf "lane=~%q" (join "|" .values.lanes)) }}{{ end -}}
{{- join "," $matchers -}}
{{- end }}

{{/*
What the replicas of a group are scaled by, as a list of record, limit and expr. docs/autoscaling.md says why.
ctx: root, values of the group, name of its Deployment
*/}}
{{- define "carillon.workerQueries" -}}
{{- $matchers := include "carillon.matchers" . -}}
queries:
  # How long the oldest delivery has waited that a worker could send. What waits for an operator, who may have paused it, or for a provider is left out, and
  # with nothing but that it is 0; without any process to ask it is absent, so that nothing is scaled.
  - record: backlog_age_seconds
    limit: 10
    expr: |-
      max(
        max by (app, lane) (carillon_queue_oldest_seconds{{ "{" }}{{ $matchers }}{{ "}" }})
        unless on (app) (max by (app) (carillon_app_parked) == 1 or max by (app) (carillon_breaker_open) == 1)
        unless on (app, lane) (max by (app, lane) (carillon_app_paused) == 1)
      ) or 0 * max(carillon_queue_oldest_seconds)
  # How full the fullest app and lane is of what its workers may send at a time.
  - record: in_flight_share
    limit: 0.6
    expr: |-
      max(
        sum by (app, lane) (carillon_in_flight{{ "{" }}{{ $matchers }}{{ "}" }}) / sum by (app, lane) (carillon_in_flight_limit{{ "{" }}{{ $matchers }}{{ "}" }})
        unless on (app) (max by (app) (carillon_app_parked) == 1 or max by (app) (carillon_breaker_open) == 1)
        unless on (app, lane) (max by (app, lane) (carillon_app_paused) == 1)
      ) or 0 * max(carillon_in_flight_limit)
  # The share of their one core that the workers of this Deployment use.
  - record: worker_event_loop_share
    limit: 0.6
    expr: |-
      avg(rate(carillon_event_loop_busy_seconds_total{job="carillon-worker",pod=~"{{ .name }}-.*"}[2m]))
{{- end }}

{{- define "carillon.ingressQueries" -}}
queries:
  # The share of their one core that the ingresses use. It also sees what CPU does not: a node that is too full.
  - record: ingress_event_loop_share
    limit: 0.6
    expr: |-
      avg(rate(carillon_event_loop_busy_seconds_total{job="carillon-ingress",pod=~"{{ .name }}-.*"}[2m]))
{{- end }}

{{- define "carillon.workerBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    [{ type: Percent, value: 100, periodSeconds: 30 }, { type: Pods, value: 2, periodSeconds: 30 }]
# Slowly: a worker that stops gives its deliveries back, and the wave that made it needed may have a second part.
scaleDown:
  stabilizationWindowSeconds: 600
  policies: [{ type: Pods, value: 1, periodSeconds: 120 }]
{{- end }}

{{- define "carillon.ingressBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies: [{ type: Percent, value: 100, periodSeconds: 30 }]
scaleDown:
  stabilizationWindowSeconds: 300
  policies: [{ type: Pods, value: 1, periodSeconds: 60 }]
{{- end }}
