function Clock() {
  const [now, setNow] = useState(Date.now());
  // ruleid: javascript-effect-without-cleanup
  useEffect(() => {
    setInterval(() => setNow(Date.now()), 1000);
  }, []);
  // ruleid: javascript-effect-without-cleanup
  useEffect(() => {
    const onResize = () => setNow(Date.now());
    window.addEventListener("resize", onResize);
  }, []);
  return <time>{now}</time>;
}
