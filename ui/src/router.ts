// SPDX-License-Identifier: Apache-2.0
import { createRouter, createWebHistory } from 'vue-router'
import HomeView from '@/views/HomeView.vue'

declare module 'vue-router' {
  interface RouteMeta {
    bare?: boolean
    anywhere?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory('/p/'),
  routes: [
    { path: '/', name: 'cockpit', component: HomeView },
    // Without the shell: nobody has signed in.
    { path: '/sign-in', name: 'sign-in', meta: { bare: true }, component: () => import('@/views/SignInView.vue') },
    { path: '/set-up', name: 'set-up', meta: { bare: true }, component: () => import('@/views/SetUpView.vue') },
    // In a tab of its own, from where one is asked once more who one is.
    { path: '/prove', name: 'prove', meta: { bare: true }, component: () => import('@/views/ProveView.vue') },
    // Of no institution.
    { path: '/account', name: 'account', meta: { anywhere: true }, component: () => import('@/views/AccountView.vue') },
    { path: '/accounts', name: 'accounts', component: () => import('@/views/AccountsView.vue') },
    { path: '/providers', name: 'providers', meta: { anywhere: true }, component: () => import('@/views/ProvidersView.vue') },
    { path: '/welcome', name: 'welcome', meta: { anywhere: true }, component: () => import('@/views/WelcomeView.vue') },
    { path: '/standard', name: 'standard', component: () => import('@/views/StandardView.vue') },
    { path: '/standard/:id', name: 'requirement', component: () => import('@/views/RequirementView.vue'), props: true },
    { path: '/verdict/:requirement/:subject', name: 'verdict', component: () => import('@/views/VerdictView.vue'), props: true },
    { path: '/journeys', name: 'journeys', component: () => import('@/views/JourneysView.vue') },
    { path: '/journeys/:id', name: 'journey', component: () => import('@/views/JourneyView.vue'), props: true },
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
    {
      path: '/planning',
      component: () => import('@/views/PlanningView.vue'),
      children: [
        { path: '', name: 'planning', component: () => import('@/views/planning/PlanningBoard.vue') },
        { path: 'levels', name: 'planning-levels', component: () => import('@/views/planning/LevelsView.vue') },
        { path: 'levels/:id', name: 'planning-level', component: () => import('@/views/planning/LevelView.vue'), props: true },
        { path: 'grades', name: 'planning-grades', component: () => import('@/views/planning/GradesView.vue') },
        { path: 'grades/:id', name: 'planning-grade', component: () => import('@/views/planning/GradeView.vue'), props: true },
        { path: 'needs', name: 'planning-needs', component: () => import('@/views/planning/NeedsView.vue') },
        { path: 'plans', name: 'planning-plans', component: () => import('@/views/planning/PlansView.vue') },
        { path: 'plans/:id', name: 'planning-plan', component: () => import('@/views/planning/PlanView.vue'), props: true },
      ],
    },
    {
      path: '/acquiring',
      component: () => import('@/views/AcquiringView.vue'),
      children: [
        { path: '', name: 'acquiring', component: () => import('@/views/acquiring/AcquiringBoard.vue') },
        { path: 'compare', name: 'acquiring-compare', component: () => import('@/views/acquiring/CompareView.vue') },
        { path: 'assessments', name: 'acquiring-assessments', component: () => import('@/views/acquiring/AssessmentsView.vue') },
        { path: 'assessments/:id', name: 'acquiring-assessment', component: () => import('@/views/acquiring/AssessmentView.vue'), props: true },
        { path: 'terms', name: 'acquiring-terms', component: () => import('@/views/acquiring/TermsView.vue') },
        { path: 'terms/:kind/:id', name: 'acquiring-term', component: () => import('@/views/acquiring/TermLedgerView.vue'), props: true },
        { path: 'certificates', name: 'acquiring-certificates', component: () => import('@/views/acquiring/CertificatesView.vue') },
      ],
    },
    { path: '/leaving', name: 'leaving', component: () => import('@/views/LeavingView.vue') },
    { path: '/leaving/:id', name: 'leaving-exit', component: () => import('@/views/leaving/ExitView.vue'), props: true },
    { path: '/partners', name: 'partners', component: () => import('@/views/PartnersView.vue') },
    { path: '/waiting', name: 'waiting', component: () => import('@/views/WaitingView.vue') },
    { path: '/addressed', name: 'addressed', component: () => import('@/views/provider/AddressedView.vue') },
    { path: '/addressed/:client/:id', name: 'addressed-one', component: () => import('@/views/provider/AddressedOneView.vue'), props: true },
    { path: '/offers', name: 'offers', component: () => import('@/views/offers/OffersView.vue') },
    { path: '/ties', name: 'ties', component: () => import('@/views/provider/TiesView.vue') },
    {
      path: '/supervision',
      component: () => import('@/views/SupervisionView.vue'),
      children: [
        { path: '', name: 'supervision', component: () => import('@/views/supervision/InstitutionsView.vue') },
        { path: 'issued', name: 'supervision-issued', component: () => import('@/views/supervision/IssuedView.vue') },
        { path: 'scopes', name: 'supervision-scopes', component: () => import('@/views/supervision/ScopesView.vue') },
      ],
    },
    { path: '/readings', name: 'readings', component: () => import('@/views/ReadingsView.vue') },
    { path: '/evidence', name: 'evidence', component: () => import('@/views/EvidenceView.vue') },
    { path: '/instruments', name: 'instruments', component: () => import('@/views/InstrumentsView.vue') },
    { path: '/inbox', name: 'inbox', component: () => import('@/views/InboxView.vue') },
    { path: '/installation', name: 'installation', meta: { anywhere: true }, component: () => import('@/views/InstallationView.vue') },
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
