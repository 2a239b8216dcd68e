{{- define "environment.group" -}}
{{ .Values.group | default (printf "slipway:%s" .Values.environment) }}
{{- end }}

{{- define "environment.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
slipway.dev/environment: {{ .Values.environment }}
{{- end }}

{{- /* https://kubernetes.io/docs/concepts/security/pod-security-standards/ */}}
{{- define "environment.podSecurity" -}}
pod-security.kubernetes.io/enforce: restricted
pod-security.kubernetes.io/enforce-version: latest
pod-security.kubernetes.io/warn: restricted
pod-security.kubernetes.io/audit: restricted
{{- end }}
