export function Comment({ body }) {
  const clean = sanitize(body);
  return (
    <div>
      <p>{body}</p>
      <p dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(body) }} />
      <p dangerouslySetInnerHTML={{ __html: "<b>static</b>" }} />
      <p dangerouslySetInnerHTML={{ __html: sanitizeHtml(body) }} />
    </div>
  );
}
