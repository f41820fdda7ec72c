-- rule: sla_continuity
-- subject: sla
-- params: [model]
-- reasons:
--   too_slow:
--     zh: 服务水平协议《{sla}》承诺的恢复时间达不到所承载系统的要求：{comparison}（前为承诺，后为系统容许的最长时间）。请与受托方“{provider}”提高承诺；达不到的，不要把系统“{system}”放在此平台。
--     en: The recovery time promised in service level agreement "{sla}" falls short of what the systems carried need - {comparison} (first what is promised, then the longest the system can bear). Have provider "{provider}" promise more; if it cannot, do not place system "{system}" there.
--   too_old:
--     zh: 服务水平协议《{sla}》承诺的恢复点达不到所承载系统的要求：{comparison}（前为承诺，后为系统容许丢失的数据时长）。请与受托方“{provider}”提高承诺；达不到的，不要把系统“{system}”放在此平台。
--     en: The recovery point promised in service level agreement "{sla}" falls short of what the systems carried need - {comparison} (first what is promised, then the data the system can bear to lose). Have provider "{provider}" promise more; if it cannot, do not place system "{system}" there.
--   no_time:
--     zh: 服务水平协议《{sla}》没有承诺恢复时间，而所承载的系统有此要求：{comparison}。请与受托方“{provider}”为系统“{system}”约定恢复时间，并登记为带分钟数的指标。
--     en: Service level agreement "{sla}" promises no recovery time, though the systems carried need one - {comparison}. Agree one for system "{system}" with provider "{provider}" and register it as an indicator in minutes.
--   no_point:
--     zh: 服务水平协议《{sla}》没有承诺恢复点，而所承载的系统有此要求：{comparison}。请与受托方“{provider}”为系统“{system}”约定恢复点，并登记为带分钟数的指标。
--     en: Service level agreement "{sla}" promises no recovery point, though the systems carried need one - {comparison}. Agree one for system "{system}" with provider "{provider}" and register it as an indicator in minutes.
--   deviates:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）关于业务连续性的约定与要求相悖：{finding}。请与受托方“{provider}”修改后重新登记和复核。
--     en: What service level agreement "{sla}" says about business continuity on page {page} ({place}) runs against the requirement - {finding}. Have provider "{provider}" agree to a change, then register and confirm it anew.
--   partly:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）对业务连续性要求约定不全：{finding}。请与受托方“{provider}”补足后重新登记和复核。
--     en: Service level agreement "{sla}" provides for business continuity only in part, on page {page} ({place}) - {finding}. Complete it with provider "{provider}", then register and confirm it anew.
--   missing:
--     zh: 服务水平协议《{sla}》中没有登记业务连续性要求的约定。协议已有约定的，请登记所在文件、页码和原文并由第二人复核；没有约定的，请按所承载系统的要求与受托方“{provider}”补入协议。
--     en: No provision on business continuity requirements is registered for service level agreement "{sla}". If the agreement has one, register document, page and wording and have a second person confirm them; if not, add what the systems carried need with provider "{provider}".
--   no_need:
--     zh: 系统“{system}”没有填写恢复时间目标或恢复点目标，无法判断服务水平协议《{sla}》的承诺够不够。请由业务部门确定后填写。
--     en: The recovery time or recovery point objective of system "{system}" is not entered, so whether service level agreement "{sla}" promises enough cannot be told. Have the business department settle both and enter them.
--   no_system:
--     zh: 没有系统按合同《{contract}》部署，无法判断服务水平协议《{sla}》的连续性要求是否据所承载的系统确定。请在部署中选定该合同。
--     en: No system is deployed under contract "{contract}", so whether the continuity requirements of service level agreement "{sla}" follow from what is carried cannot be told. Select the contract in the deployments.
--   document_gone:
--     zh: 服务水平协议《{sla}》关于业务连续性的约定所引的文件已不在登记中。请重新附上协议文件，并改引该文件。
--     en: The document cited by the provision of service level agreement "{sla}" on business continuity is no longer registered. Attach the document of the agreement anew and cite it.
--   foreign_document:
--     zh: 服务水平协议《{sla}》关于业务连续性的约定引自文件“{document}”，而该文件没有附在这份协议上，不能作为证明。请把文件附到协议，或改引协议的文件。
--     en: The provision of service level agreement "{sla}" on business continuity cites document "{document}", which is not attached to this agreement and so proves nothing. Attach the document, or cite one that is attached.
--   unconfirmed:
--     zh: 服务水平协议《{sla}》关于业务连续性的约定已登记在第{page}页（{place}），但还没有第二人对照原文复核。请由登记人以外的人复核并填写复核人、日期和意见。
--     en: The provision of service level agreement "{sla}" on business continuity is registered on page {page} ({place}), but no second person has compared it with the text. Have someone other than its recorder confirm it and enter name, date and finding.
--   confirmed_ahead:
--     zh: 服务水平协议《{sla}》关于业务连续性的约定登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which the provision of service level agreement "{sla}" on business continuity is said to have been confirmed, {confirmed_on}, lies ahead. Check the date.
--   covered:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）约定了业务连续性要求，承诺的恢复时间和恢复点不低于所承载系统的要求：{comparison}。
--     en: Service level agreement "{sla}" sets the continuity requirements on page {page} ({place}); the recovery times and points promised satisfy the systems carried - {comparison}.
--   agreed:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）约定了业务连续性要求，已由第二人复核。
--     en: Service level agreement "{sla}" sets the continuity requirements on page {page} ({place}), confirmed by a second person.
--   other_model:
--     zh: 服务水平协议《{sla}》所属合同采用{contract_model|choice:contract.model}，本条只适用于{:model|choice:contract.model}。
--     en: Service level agreement "{sla}" belongs to a contract for {contract_model|choice:contract.model}; this requirement is for {:model|choice:contract.model} only.
--   contract_over:
--     zh: 服务水平协议《{sla}》所属合同《{contract}》已终止。
--     en: Contract "{contract}", to which service level agreement "{sla}" belongs, has ended.
WITH live AS (
    SELECT s.id AS subject, c.id AS contract, t.id AS term, t.page AS page, t.place AS place,
           t.finding AS finding, t.confirmed_on AS confirmed_on, e.title AS document,
           CASE
               WHEN c.model <> :model THEN 'other_model'
               WHEN c.state = 'ended' THEN 'contract_over'
               WHEN t.id IS NULL THEN 'missing'
               WHEN e.id IS NULL THEN 'document_gone'
               WHEN NOT EXISTS (SELECT 1 FROM sla_evidence se
                                WHERE se.id = s.id AND se.value = t.document) THEN 'foreign_document'
               WHEN q.id IS NULL OR t.confirmed_on IS NULL OR t.verdict IS NULL THEN 'unconfirmed'
               WHEN t.confirmed_on > yj_today() THEN 'confirmed_ahead'
               WHEN t.verdict = 'deviates' THEN 'deviates'
               WHEN t.verdict = 'partly' THEN 'partly'
               ELSE 'agreed'
           END AS reason
    FROM subject x
         JOIN sla s ON s.id = x.id
         JOIN contract c ON c.id = s.contract
         LEFT JOIN sla_term t ON t.sla = s.id AND t.term = 'continuity_need'
         LEFT JOIN evidence e ON e.id = t.document
         LEFT JOIN person q ON q.id = t.confirmed_by
),
carried AS (
    SELECT l.subject AS subject, y.id AS system, y.name AS name, y.rto_minutes AS need_time,
           y.rpo_minutes AS need_point,
           coalesce((SELECT max(i.target_minutes) FROM sla_indicator i
                     WHERE i.sla = l.subject AND i.type = 'recovery_time' AND i.system = y.id),
                    (SELECT max(i.target_minutes) FROM sla_indicator i
                     WHERE i.sla = l.subject AND i.type = 'recovery_time' AND i.system IS NULL))
               AS gives_time,
           coalesce((SELECT max(i.target_minutes) FROM sla_indicator i
                     WHERE i.sla = l.subject AND i.type = 'recovery_point' AND i.system = y.id),
                    (SELECT max(i.target_minutes) FROM sla_indicator i
                     WHERE i.sla = l.subject AND i.type = 'recovery_point' AND i.system IS NULL))
               AS gives_point
    FROM live l
         JOIN deployment d ON d.contract = l.contract AND d.state <> 'closed'
         JOIN system y ON y.id = d.system
    WHERE l.reason <> 'other_model' AND l.reason <> 'contract_over'
    GROUP BY l.subject, y.id, y.name, y.rto_minutes, y.rpo_minutes
),
found AS (
    SELECT l.subject AS subject, l.reason AS reason,
           CASE WHEN l.reason = 'confirmed_ahead' THEN yj_add_days(l.confirmed_on, -1)
                ELSE NULL END AS due,
           'sla_term' AS proof_kind, l.term AS proof,
           CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS comparison
    FROM live l
    UNION ALL
    SELECT k.subject, CASE WHEN k.gives_time IS NULL THEN 'no_time' ELSE 'too_slow' END, NULL,
           'system', k.system, k.name,
           k.name || ' RTO ' || coalesce(CAST(k.gives_time AS TEXT) || ' > ', '≤ ')
           || CAST(k.need_time AS TEXT) || ' min'
    FROM carried k
    WHERE k.need_time IS NOT NULL AND (k.gives_time IS NULL OR k.gives_time > k.need_time)
    UNION ALL
    SELECT k.subject, CASE WHEN k.gives_point IS NULL THEN 'no_point' ELSE 'too_old' END, NULL,
           'system', k.system, k.name,
           k.name || ' RPO ' || coalesce(CAST(k.gives_point AS TEXT) || ' > ', '≤ ')
           || CAST(k.need_point AS TEXT) || ' min'
    FROM carried k
    WHERE k.need_point IS NOT NULL AND (k.gives_point IS NULL OR k.gives_point > k.need_point)
    UNION ALL
    SELECT k.subject, 'no_need', NULL, 'system', k.system, k.name, NULL
    FROM carried k
    WHERE k.need_time IS NULL OR k.need_point IS NULL
    UNION ALL
    SELECT k.subject, 'covered', NULL, 'system', k.system, k.name,
           k.name || ' RTO ' || CAST(k.gives_time AS TEXT) || ' ≤ ' || CAST(k.need_time AS TEXT)
           || ' min, RPO ' || CAST(k.gives_point AS TEXT) || ' ≤ ' || CAST(k.need_point AS TEXT) || ' min'
    FROM carried k
    WHERE k.gives_time <= k.need_time AND k.gives_point <= k.need_point
    UNION ALL
    SELECT l.subject, 'no_system', NULL, NULL, NULL, NULL, NULL
    FROM live l
    WHERE l.reason <> 'other_model' AND l.reason <> 'contract_over'
      AND NOT EXISTS (SELECT 1 FROM carried k WHERE k.subject = l.subject)
)
SELECT f.subject AS subject,
       CASE WHEN f.reason IN ('covered', 'agreed') THEN 'met'
            WHEN f.reason IN ('other_model', 'contract_over') THEN 'not_applicable'
            WHEN f.reason IN ('no_need', 'no_system', 'document_gone', 'foreign_document', 'unconfirmed',
                              'confirmed_ahead') THEN 'unknown'
            ELSE 'unmet' END AS status,
       f.reason AS reason, f.due AS due, f.proof_kind AS proof_kind, f.proof AS proof,
       s.title AS v_sla, c.title AS v_contract, c.model AS v_contract_model, p.name AS v_provider,
       l.page AS v_page, l.place AS v_place, l.finding AS v_finding,
       l.document AS v_document,
       l.confirmed_on AS v_confirmed_on, f.system AS v_system, f.comparison AS v_comparison
FROM found f
     JOIN live l ON l.subject = f.subject
     JOIN sla s ON s.id = f.subject
     JOIN contract c ON c.id = s.contract
     LEFT JOIN provider p ON p.id = c.provider
