-- rule: screened
-- subject: provider
-- params: [model, months]
-- reasons:
--   unscreened:
--     zh: 受托方“{provider}”截至 {day} 有 {count} 名接触委托方系统或数据的雇员没有通过背景审查。请要求先停止其访问，审查通过后再恢复。
--     en: At {day} {count} staff of provider "{provider}" near the client's systems or data were not screened. Have their access stopped until they are.
--   sample_failed:
--     zh: 抽查受托方“{provider}”（截至 {day}）的背景审查，有 {count} 名与所报不符。请要求全面复查并登记整改。
--     en: A sample of the screening by provider "{provider}" (as of {day}) found {count} people not as reported. Require a full review and enter a finding.
--   overdue:
--     zh: 受托方“{provider}”的背景审查情况只到 {day}，应不晚于 {until} 更新。请索取并抽查。
--     en: The screening of staff of provider "{provider}" is as of {day}; a new report was due by {until}. Ask for it and sample it.
--   incomplete:
--     zh: 受托方“{provider}”截至 {day} 的背景审查情况没有填全人数、没有抽查或没有附清单。请补齐并抽查。
--     en: The report of screening by provider "{provider}" as of {day} lacks numbers, a sample or the list. Complete it and sample it.
--   never:
--     zh: 受托方“{provider}”没有提供过雇员背景审查情况。请索取清单，抽查后登记。
--     en: Provider "{provider}" has not reported how it screens its staff. Ask for the list, sample it and enter it.
--   in_future:
--     zh: 受托方“{provider}”背景审查情况的统计日或抽查日期（{day}）晚于今天，请更正。
--     en: A report of screening by provider "{provider}" is as of, or was sampled, after today ({day}). Correct it.
--   unmatched:
--     zh: 受托方“{provider}”没有本条所说部署模式的平台在承载运行中的部署，本条不适用。
--     en: No platform of provider "{provider}" of this model carries anything in operation; the requirement does not apply.
--   screened:
--     zh: 受托方“{provider}”截至 {day} 的雇员均已通过背景审查，抽查相符，应不晚于 {until} 更新。
--     en: At {day} all staff of provider "{provider}" were screened and the sample agreed; a new report is due by {until}.
WITH party AS (
    SELECT p.id AS subject, p.name,
           CASE WHEN EXISTS (SELECT 1 FROM platform f JOIN deployment d ON d.platform = f.id
                             WHERE f.provider = p.id AND f.model = :model AND d.state IN ('operating', 'exiting'))
                THEN 1 ELSE 0 END AS running
    FROM subject x JOIN provider p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT p.subject, s.id AS screening_id, s.as_of, s.staff_total, s.staff_screened, s.sample_failed,
           s.checked_on AS start,
           CASE WHEN s.state = 'checked' AND s.staff_total > 0 AND s.staff_screened IS NOT NULL AND s.sampled > 0
                     AND s.sample_failed IS NOT NULL AND s.checked_by IS NOT NULL AND s.checked_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM staff_screening_evidence e WHERE e.id = s.id)
                THEN 1 ELSE 0 END AS complete
    FROM party p JOIN staff_screening s ON s.provider = p.subject
    WHERE p.running = 1
), last AS MATERIALIZED (
    SELECT h.subject, max(h.as_of) AS day FROM held h WHERE h.complete = 1 AND h.start <= yj_today() GROUP BY h.subject
), outcome AS (
    SELECT p.subject, CASE WHEN p.running = 0 THEN 'unmatched' ELSE 'never' END AS reason,
           CAST(NULL AS TEXT) AS screening_id, CAST(NULL AS TEXT) AS day, CAST(NULL AS INTEGER) AS figure
    FROM party p WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = p.subject)
    UNION ALL
    SELECT h.subject, 'incomplete', h.screening_id, h.as_of, NULL
    FROM held h WHERE h.complete = 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = h.subject)
    UNION ALL
    SELECT h.subject, 'in_future', h.screening_id, h.start, NULL FROM held h WHERE h.complete = 1 AND h.start > yj_today()
    UNION ALL
    SELECT h.subject,
           CASE WHEN h.staff_screened < h.staff_total THEN 'unscreened'
                WHEN h.sample_failed > 0 THEN 'sample_failed'
                WHEN yj_add_months(h.as_of, :months) < yj_today() THEN 'overdue'
                ELSE 'screened' END,
           h.screening_id, h.as_of,
           CASE WHEN h.staff_screened < h.staff_total THEN h.staff_total - h.staff_screened ELSE h.sample_failed END
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.as_of
    WHERE h.complete = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'screened' THEN 'met' WHEN o.reason = 'unmatched' THEN 'not_applicable'
            WHEN o.reason IN ('unscreened', 'sample_failed', 'overdue') THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'screened' THEN yj_add_months(o.day, :months)
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.screening_id IS NULL THEN 'provider' ELSE 'staff_screening' END AS proof_kind,
       coalesce(o.screening_id, o.subject) AS proof,
       p.name AS v_provider, o.day AS v_day, yj_add_months(o.day, :months) AS v_until, o.figure AS v_count
FROM outcome o JOIN party p ON p.subject = o.subject
