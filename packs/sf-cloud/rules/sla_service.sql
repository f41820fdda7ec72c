-- rule: sla_service
-- subject: sla
-- params: [model]
-- reasons:
--   no_availability:
--     zh: 服务水平协议《{sla}》没有登记可用性指标。请与受托方“{provider}”约定可用性承诺值、统计周期和计量方法，并登记为指标。
--     en: No availability indicator is registered for service level agreement "{sla}". Agree target, period and measuring method with provider "{provider}" and register them as an indicator.
--   no_continuity:
--     zh: 服务水平协议《{sla}》没有登记连续性指标。请与受托方“{provider}”约定恢复时间、恢复点或单次中断时长，并登记为指标。
--     en: No continuity indicator is registered for service level agreement "{sla}". Agree recovery time, recovery point or the length of one interruption with provider "{provider}" and register them as indicators.
--   no_target:
--     zh: 服务水平协议《{sla}》的指标“{indicator}”没有承诺值。请与受托方“{provider}”约定数值并登记（可用性填百分比，连续性填分钟）。
--     en: Indicator "{indicator}" of service level agreement "{sla}" has no target. Agree a figure with provider "{provider}" and enter it (per cent for availability, minutes for continuity).
--   no_method:
--     zh: 服务水平协议《{sla}》的指标“{indicator}”没有计量方法，达没达到说不清。请与受托方“{provider}”约定公式、除外情形和数据来源并登记。
--     en: Indicator "{indicator}" of service level agreement "{sla}" has no measuring method, so nobody can tell whether it is reached. Agree formula, exclusions and source of data with provider "{provider}" and enter them.
--   deviates:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）关于“{term|choice:sla_term.term}”的约定与要求相悖：{finding}。请与受托方“{provider}”修改后重新登记和复核。
--     en: What service level agreement "{sla}" says about "{term|choice:sla_term.term}" on page {page} ({place}) runs against the requirement - {finding}. Have provider "{provider}" agree to a change, then register and confirm it anew.
--   partly:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）对“{term|choice:sla_term.term}”约定不全：{finding}。请与受托方“{provider}”补足后重新登记和复核。
--     en: Service level agreement "{sla}" provides for "{term|choice:sla_term.term}" only in part, on page {page} ({place}) - {finding}. Complete it with provider "{provider}", then register and confirm it anew.
--   missing:
--     zh: 服务水平协议《{sla}》中没有登记“{term|choice:sla_term.term}”的约定。协议已有约定的，请登记所在文件、页码和原文并由第二人复核；没有约定的，请与受托方“{provider}”补入协议。
--     en: No provision on "{term|choice:sla_term.term}" is registered for service level agreement "{sla}". If the agreement has one, register document, page and wording and have a second person confirm them; if not, add it with provider "{provider}".
--   document_gone:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定所引的文件已不在登记中。请重新附上协议文件，并改引该文件。
--     en: The document cited by the provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" is no longer registered. Attach the document of the agreement anew and cite it.
--   foreign_document:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定引自文件“{document}”，而该文件没有附在这份协议上，不能作为证明。请把文件附到协议，或改引协议的文件。
--     en: The provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" cites document "{document}", which is not attached to this agreement and so proves nothing. Attach the document, or cite one that is attached.
--   unconfirmed:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定已登记在第{page}页（{place}），但还没有第二人对照原文复核。请由登记人以外的人复核并填写复核人、日期和意见。
--     en: The provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" is registered on page {page} ({place}), but no second person has compared it with the text. Have someone other than its recorder confirm it and enter name, date and finding.
--   confirmed_ahead:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which the provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" is said to have been confirmed, {confirmed_on}, lies ahead. Check the date.
--   no_place:
--     zh: 服务水平协议《{sla}》的指标“{indicator}”没有写明在协议的哪一页、哪一条。请补填。
--     en: Page and place of indicator "{indicator}" in service level agreement "{sla}" are not entered. Fill them in.
--   promised:
--     zh: 服务水平协议《{sla}》约定了服务的范围、术语、类型、内容和形式（第{first_page}至{last_page}页，已由第二人复核），并承诺可用性和连续性指标：{promise}。
--     en: Service level agreement "{sla}" provides for scope, terms, types, content and form of the service (pages {first_page} to {last_page}, confirmed by a second person) and promises availability and continuity - {promise}.
--   agreed:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）约定了“{term|choice:sla_term.term}”，已由第二人复核。
--     en: Service level agreement "{sla}" provides for "{term|choice:sla_term.term}" on page {page} ({place}), confirmed by a second person.
--   other_model:
--     zh: 服务水平协议《{sla}》所属合同采用{contract_model|choice:contract.model}，本条只适用于{:model|choice:contract.model}。
--     en: Service level agreement "{sla}" belongs to a contract for {contract_model|choice:contract.model}; this requirement is for {:model|choice:contract.model} only.
--   contract_over:
--     zh: 服务水平协议《{sla}》所属合同《{contract}》已终止。
--     en: Contract "{contract}", to which service level agreement "{sla}" belongs, has ended.
WITH need AS (
    SELECT 'scope' AS term UNION ALL SELECT 'definitions' UNION ALL SELECT 'service_types'
    UNION ALL SELECT 'service_content' UNION ALL SELECT 'service_form'
),
party AS MATERIALIZED (
    SELECT s.id AS subject, s.title AS sla, c.title AS contract, c.model AS contract_model, p.name AS provider,
           CASE WHEN c.model <> :model THEN 'other_model' WHEN c.state = 'ended' THEN 'contract_over'
                WHEN c.model = :model THEN 'live' ELSE 'no_model' END AS standing
    FROM subject x
         JOIN sla s ON s.id = x.id
         JOIN contract c ON c.id = s.contract
         LEFT JOIN provider p ON p.id = c.provider
),
live AS (
    SELECT p.subject AS subject FROM party p WHERE p.standing = 'live'
),
entered AS MATERIALIZED (
    SELECT o.subject AS subject, t.id AS proof, t.term AS term, t.page AS page, t.place AS place,
           t.finding AS finding, e.title AS document, t.confirmed_on AS confirmed_on,
           CASE
               WHEN e.id IS NULL THEN 'document_gone'
               WHEN NOT EXISTS (SELECT 1 FROM sla_evidence se
                                WHERE se.id = o.subject AND se.value = t.document) THEN 'foreign_document'
               WHEN q.id IS NULL OR t.confirmed_on IS NULL OR t.verdict IS NULL THEN 'unconfirmed'
               WHEN t.confirmed_on > yj_today() THEN 'confirmed_ahead'
               WHEN t.verdict = 'deviates' THEN 'deviates'
               WHEN t.verdict = 'partly' THEN 'partly'
               ELSE 'agreed'
           END AS reason
    FROM live o
         JOIN sla_term t ON t.sla = o.subject AND t.term IN (SELECT n.term FROM need n)
         LEFT JOIN evidence e ON e.id = t.document
         LEFT JOIN person q ON q.id = t.confirmed_by
),
found AS MATERIALIZED (
    SELECT t.subject AS subject, 'sla_term' AS proof_kind, t.proof AS proof, t.term AS term, t.page AS page,
           t.place AS place, t.finding AS finding, t.document AS document, t.confirmed_on AS confirmed_on,
           CAST(NULL AS TEXT) AS indicator, CAST(NULL AS TEXT) AS promise, t.reason AS reason
    FROM entered t
    UNION ALL
    SELECT o.subject, NULL, NULL, n.term, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'missing'
    FROM live o
         CROSS JOIN need n
    WHERE NOT EXISTS (SELECT 1 FROM entered t WHERE t.subject = o.subject AND t.term = n.term)
    UNION ALL
    SELECT o.subject, 'sla_indicator', i.id, CAST(NULL AS TEXT), i.page, i.place, CAST(NULL AS TEXT),
           CAST(NULL AS TEXT), CAST(NULL AS TEXT), i.name,
           CASE WHEN i.type <> 'availability'
                    THEN i.name || ' ≤ ' || CAST(i.target_minutes AS TEXT) || ' min'
                WHEN i.target_percent % 100 = 0
                    THEN i.name || ' ≥ ' || CAST(i.target_percent / 10000 AS TEXT) || '.'
                         || substr(CAST(100 + i.target_percent / 100 % 100 AS TEXT), 2, 2) || '%'
                WHEN i.target_percent % 10 = 0
                    THEN i.name || ' ≥ ' || CAST(i.target_percent / 10000 AS TEXT) || '.'
                         || substr(CAST(1000 + i.target_percent / 10 % 1000 AS TEXT), 2, 3) || '%'
                ELSE i.name || ' ≥ ' || CAST(i.target_percent / 10000 AS TEXT) || '.'
                     || substr(CAST(10000 + i.target_percent % 10000 AS TEXT), 2, 4) || '%' END,
           CASE
               WHEN i.type = 'availability' AND i.target_percent IS NULL THEN 'no_target'
               WHEN i.type <> 'availability' AND i.target_minutes IS NULL THEN 'no_target'
               WHEN i.method IS NULL OR trim(i.method) = '' THEN 'no_method'
               WHEN i.page IS NULL OR i.place IS NULL THEN 'no_place'
               ELSE 'promised'
           END
    FROM live o
         JOIN sla_indicator i ON i.sla = o.subject
              AND i.type IN ('availability', 'recovery_time', 'recovery_point', 'outage')
    UNION ALL
    SELECT o.subject, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'no_availability'
    FROM live o
    WHERE NOT EXISTS (SELECT 1 FROM sla_indicator i WHERE i.sla = o.subject AND i.type = 'availability')
    UNION ALL
    SELECT o.subject, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'no_continuity'
    FROM live o
    WHERE NOT EXISTS (SELECT 1 FROM sla_indicator i WHERE i.sla = o.subject
                      AND i.type IN ('recovery_time', 'recovery_point', 'outage'))
    UNION ALL
    SELECT p.subject, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, p.standing
    FROM party p
    WHERE p.standing IN ('other_model', 'contract_over')
),
pages AS (
    SELECT f.subject AS subject, min(f.page) AS first_page, max(f.page) AS last_page
    FROM found f
    WHERE f.reason = 'agreed'
    GROUP BY f.subject
)
SELECT f.subject AS subject,
       CASE WHEN f.reason IN ('promised', 'agreed') THEN 'met'
            WHEN f.reason IN ('other_model', 'contract_over') THEN 'not_applicable'
            WHEN f.reason IN ('document_gone', 'foreign_document', 'unconfirmed', 'confirmed_ahead',
                              'no_place') THEN 'unknown'
            ELSE 'unmet' END AS status,
       f.reason AS reason,
       CASE WHEN f.reason = 'confirmed_ahead' THEN yj_add_days(f.confirmed_on, -1) ELSE NULL END AS due,
       CASE WHEN f.proof IS NULL THEN NULL ELSE f.proof_kind END AS proof_kind, f.proof AS proof,
       p.sla AS v_sla, p.contract AS v_contract, p.contract_model AS v_contract_model,
       p.provider AS v_provider, f.term AS v_term, f.page AS v_page, f.place AS v_place, f.finding AS v_finding,
       f.document AS v_document, f.confirmed_on AS v_confirmed_on,
       f.indicator AS v_indicator, f.promise AS v_promise,
       g.first_page AS v_first_page, g.last_page AS v_last_page
FROM found f
     JOIN party p ON p.subject = f.subject
     LEFT JOIN pages g ON g.subject = f.subject
