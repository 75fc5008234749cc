<h1>Search</h1>
<p>Nothing named <c:out value="${param.title}"/></p>
<p>${fn:escapeXml(param.title)}</p>
<p><%= Encode.forHtml(request.getParameter("title")) %></p>
<a href="${pageContext.request.contextPath}/todos">All</a>
