package deploy

var config = &ssh.ClientConfig{
	User:            "deploy",
	HostKeyCallback: ssh.FixedHostKey(key),
}
