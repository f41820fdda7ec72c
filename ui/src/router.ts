// SPDX-License-Identifier: Apache-2.0
import { createRouter, createWebHistory } from 'vue-router'

export const router = createRouter({
  history: createWebHistory('/p/'),
  routes: [
    { path: '/', name: 'cockpit', component: () => import('@/views/CockpitView.vue') },
    { path: '/welcome', name: 'welcome', component: () => import('@/views/WelcomeView.vue') },
    { path: '/standard', name: 'standard', component: () => import('@/views/StandardView.vue') },
    { path: '/standard/:id', name: 'requirement', component: () => import('@/views/RequirementView.vue'), props: true },
    { path: '/verdict/:requirement/:subject', name: 'verdict', component: () => import('@/views/VerdictView.vue'), props: true },
    { path: '/journeys', name: 'journeys', component: () => import('@/views/JourneysView.vue') },
    { path: '/journeys/:id', name: 'journey', component: () => import('@/views/JourneyView.vue'), props: true },
    { path: '/planning', name: 'planning', component: () => import('@/views/PlanningView.vue') },
    { path: '/acquiring', name: 'acquiring', component: () => import('@/views/AcquiringView.vue') },
    {
      path: '/operating',
      component: () => import('@/views/OperatingView.vue'),
      children: [
        { path: '', name: 'operating', component: () => import('@/views/operating/TodayView.vue') },
        { path: 'calendar', name: 'operating-calendar', component: () => import('@/views/operating/CalendarView.vue') },
        { path: 'requests', name: 'operating-requests', component: () => import('@/views/operating/RequestsView.vue') },
        { path: 'consents', name: 'operating-consents', component: () => import('@/views/operating/ConsentsView.vue') },
        { path: 'incidents', name: 'operating-incidents', component: () => import('@/views/operating/IncidentsView.vue') },
        { path: 'inspections', name: 'operating-inspections', component: () => import('@/views/operating/InspectionsView.vue') },
        { path: 'drills', name: 'operating-drills', component: () => import('@/views/operating/DrillsView.vue') },
        { path: 'levels', name: 'operating-levels', component: () => import('@/views/operating/LevelsView.vue') },
      ],
    },
    { path: '/leaving', name: 'leaving', component: () => import('@/views/LeavingView.vue') },
    { path: '/leaving/:id', name: 'leaving-exit', component: () => import('@/views/leaving/ExitView.vue'), props: true },
    { path: '/evidence', name: 'evidence', component: () => import('@/views/EvidenceView.vue') },
    { path: '/ledger', name: 'ledger', component: () => import('@/views/LedgerView.vue') },
    { path: '/import', name: 'import', component: () => import('@/views/ImportView.vue') },
    { path: '/records', name: 'records', component: () => import('@/views/RecordKindsView.vue') },
    { path: '/records/:kind', name: 'record-list', component: () => import('@/views/RecordListView.vue'), props: true },
    { path: '/records/:kind/new', name: 'record-new', component: () => import('@/views/RecordEditView.vue'), props: true },
    { path: '/records/:kind/:id', name: 'record', component: () => import('@/views/RecordView.vue'), props: true },
    { path: '/records/:kind/:id/edit', name: 'record-edit', component: () => import('@/views/RecordEditView.vue'), props: true },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/views/NowhereView.vue') },
  ],
})
