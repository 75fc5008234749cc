export function Comment({ body }) {
  return (
    // ruleid: javascript-react-dangerous-html
    <div className="comment" dangerouslySetInnerHTML={{ __html: body }} />
  );
}
