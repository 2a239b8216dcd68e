{{- define "sample-app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sample-app.labels" -}}
{{ include "sample-app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
slipway.dev/environment: {{ .Values.environment }}
{{- end }}
