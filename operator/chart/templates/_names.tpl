{{- define "penstock.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ .Values.operator.name }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: penstock
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.additionalLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "penstock.selector" -}}
app.kubernetes.io/name: {{ .Values.operator.name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* A definition that goes takes every object of its kind with it, so that uninstalling keeps it. */}}
{{- define "penstock.crdAnnotations" -}}
{{- $keep := dict "helm.sh/resource-policy" "keep" -}}
{{- toYaml (mergeOverwrite $keep (deepCopy .Values.additionalAnnotations) (deepCopy .Values.crds.additionalAnnotations)) -}}
{{- end }}

{{- define "penstock.metadata" -}}
labels:
  {{- include "penstock.labels" . | nindent 2 }}
{{- with .Values.additionalAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "penstock.serviceAccount" -}}
kind: ServiceAccount
name: {{ .Values.serviceAccount.operator.name }}
namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "penstock.metricsService" -}}
{{ .Values.operator.name }}-metrics-apiserver
{{- end }}

{{/* The namespaces that are watched and the release's own, one a line; nothing when all are watched. */}}
{{- define "penstock.namespaces" -}}
{{- if .Values.watchNamespace -}}
{{- $all := list .Release.Namespace -}}
{{- range splitList "," .Values.watchNamespace -}}
{{- $all = append $all (trim .) -}}
{{- end -}}
{{- $all | compact | uniq | sortAlpha | join "\n" -}}
{{- end -}}
{{- end }}
