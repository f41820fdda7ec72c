-- rule: subcontracting_permitted
-- subject: subcontracting
-- params: [model]
-- reasons:
--   not_permitted:
--     zh: 受托方已把“{service}”交给 {subcontractor}（{type|choice:subcontracting.type}，{day} 生效），没有委托方的许可（须有许可日期、许可人和文件）。请要求立即停止或补办许可，并按合同追究。
--     en: 'The provider has handed "{service}" to {subcontractor} ({type|choice:subcontracting.type}, in effect on {day}) without the client''s consent (date, person and document). Have it stopped or give consent, and enforce the contract.'
--   too_late:
--     zh: 受托方把“{service}”交给 {subcontractor} 于 {day} 生效，委托方的许可（{consent_on}）在其后。请要求受托方停止未经许可期间的做法，并重新约定生效日期或终止分包。
--     en: '"{service}" was handed to {subcontractor} with effect from {day}, before the client''s consent of {consent_on}. Have the provider stop it and agree a new effective date, or end it.'
--   expired:
--     zh: 受托方把“{service}”交给 {subcontractor} 的许可已于 {until} 到期，仍在进行。请要求停止或续办许可。
--     en: 'Consent to hand "{service}" to {subcontractor} ended on {until}, and it goes on. Have it stopped or renew the consent.'
--   undated:
--     zh: 受托方把“{service}”交给 {subcontractor} 已登记为生效，但没有生效日期。请补填。
--     en: '"{service}" handed to {subcontractor} is marked as in effect but has no effective date. Enter it.'
--   other_model:
--     zh: “{service}”所在平台不是本条适用的部署模式。
--     en: '"{service}" is on a platform of another model.'
--   requested:
--     zh: 受托方申请把“{service}”交给 {subcontractor}，尚未生效；没有委托方的许可不得生效。
--     en: 'The provider asks to hand "{service}" to {subcontractor}; it is not in effect, and must not be without the client''s consent.'
--   permitted:
--     zh: 受托方把“{service}”交给 {subcontractor}，委托方已于 {consent_on} 事先许可。
--     en: '"{service}" is handed to {subcontractor} with the client''s prior consent of {consent_on}.'
WITH held AS MATERIALIZED (
    SELECT s.id AS subject, s.service, s.subcontractor, s.type, s.effective_on, s.consent_on, s.consent_until,
           CASE WHEN p.model <> :model THEN 'other_model'
                WHEN s.state = 'requested' THEN 'requested'
                WHEN s.consent_on IS NULL OR s.consent_by IS NULL OR s.consent_document IS NULL THEN 'not_permitted'
                WHEN s.effective_on IS NULL THEN 'undated'
                WHEN s.consent_on > s.effective_on OR s.consent_on > yj_today() THEN 'too_late'
                WHEN s.consent_until < yj_today() THEN 'expired'
                ELSE 'permitted' END AS reason
    FROM subject x JOIN subcontracting s ON s.id = x.id JOIN platform p ON p.id = s.platform
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'permitted' THEN 'met'
            WHEN o.reason IN ('other_model', 'requested') THEN 'not_applicable'
            WHEN o.reason = 'undated' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'permitted' THEN o.consent_until
            WHEN o.reason = 'too_late' AND o.consent_on > yj_today() THEN yj_add_days(o.consent_on, -1) END AS due,
       'subcontracting' AS proof_kind, o.subject AS proof,
       o.service AS v_service, o.subcontractor AS v_subcontractor, o.type AS v_type, o.effective_on AS v_day,
       o.consent_on AS v_consent_on, o.consent_until AS v_until
FROM held o
