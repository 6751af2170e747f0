{{- define "deja.fullname" -}}
{{ default .Release.Name .Values.fullnameOverride }}
{{- end }}

{{- define "deja.selector" -}}
app.kubernetes.io/name: deja
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "deja.labels" -}}
{{ include "deja.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "deja.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}

{{- /* The names under which the API is asked. Pods that ask by address, as Prometheus does, always may. */}}
{{- define "deja.allowedHosts" -}}
{{- $name := printf "%s-api" (include "deja.fullname" .) -}}
localhost,{{ $name }},{{ $name }}.{{ .Release.Namespace }},{{ $name }}.{{ .Release.Namespace }}.svc,{{ $name }}.{{ .Release.Namespace }}.svc.cluster.local
{{- with .Values.ingress.host }},{{ . }}{{ end }}
{{- range .Values.allowedHosts }},{{ . }}{{ end }}
{{- end }}

{{- /* What API and workers have in common. */}}
{{- define "deja.env" -}}
- name: DRAIN_S
  value: {{ .Values.drainSeconds | quote }}
{{- with .Values.publicUrl }}
- name: PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "deja.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "deja.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "deja.mounts" -}}
- name: tmp
  mountPath: /tmp
- name: cache
  mountPath: /data/cache
{{- end }}

{{- define "deja.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: cache
{{- if .Values.cache.existingClaim }}
  persistentVolumeClaim:
    claimName: {{ .Values.cache.existingClaim }}
{{- else }}
  emptyDir:
    sizeLimit: {{ .Values.cache.sizeLimit }}
{{- end }}
{{- end }}

{{- /* The worker touches the file every second while its event loop runs. */}}
{{- define "deja.workerAlive" -}}
exec:
  command:
    - node
    - -e
    - 'process.exit(Date.now() - fs.statSync(process.env.HEALTH_FILE).mtimeMs < 10_000 ? 0 : 1)'
timeoutSeconds: 5
periodSeconds: 10
{{- end }}
