<h1>Search</h1>
<%-- ruleid: xss --%>
<p>Nothing named ${param.title}</p>
<%-- ruleid: xss --%>
<p><%= request.getParameter("title") %></p>
<%-- ruleid: xss --%>
<c:out value="${param.title}" escapeXml="false"/>
