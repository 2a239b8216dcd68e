{{- define "sample-app.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sample-app.labels" -}}
{{ include "sample-app.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
slipway.dev/environment: {{ .Values.environment }}
{{- end }}

{{- /* Other labels than the selector's: the Service must not lead to these pods. */ -}}
{{- define "sample-app.testLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
