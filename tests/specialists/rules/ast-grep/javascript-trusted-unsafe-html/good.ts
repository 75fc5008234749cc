class Comments {
  show(text: string) {
    return this.sanitizer.sanitize(SecurityContext.HTML, text);
  }
  clean(text: string) {
    return this.sanitizer.bypassSecurityTrustHtml(DOMPurify.sanitize(text));
  }
  logo() {
    return this.sanitizer.bypassSecurityTrustHtml("<svg></svg>");
  }
  picture(file: File) {
    return this.sanitizer.bypassSecurityTrustUrl(URL.createObjectURL(file));
  }
}
