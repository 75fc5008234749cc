class Comments {
  show(text: string) {
    // ruleid: javascript-trusted-unsafe-html
    return this.sanitizer.bypassSecurityTrustHtml(text);
  }
  old(text: string) {
    // ruleid: javascript-trusted-unsafe-html
    return $sce.trustAsHtml(text);
  }
}
