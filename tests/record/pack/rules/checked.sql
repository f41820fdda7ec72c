-- rule: checked
-- subject: service
-- reasons:
--   late: {zh: "“{title}”上次检查在{on}，已超期。", en: "\"{title}\" was last checked on {on}; overdue."}
--   in_time: {zh: "“{title}”已于{on}检查。", en: "\"{title}\" was checked on {on}."}
--   never: {zh: "“{title}”从未检查。", en: "\"{title}\" was never checked."}
SELECT x.id AS subject,
       CASE WHEN c.id IS NULL THEN 'unknown' WHEN yj_add_months(c.done_on, 12) >= yj_today() THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN c.id IS NULL THEN 'never' WHEN yj_add_months(c.done_on, 12) >= yj_today() THEN 'in_time' ELSE 'late' END AS reason,
       CASE WHEN yj_add_months(c.done_on, 12) >= yj_today() THEN yj_add_months(c.done_on, 12) ELSE NULL END AS due,
       CASE WHEN c.id IS NULL THEN NULL ELSE 'visit' END AS proof_kind, c.id AS proof,
       s.title AS v_title, c.done_on AS v_on
FROM subject x JOIN service s ON s.id = x.id
     LEFT JOIN visit c ON c.service = x.id
          AND NOT EXISTS (SELECT 1 FROM visit l WHERE l.service = x.id AND l.done_on > c.done_on)
