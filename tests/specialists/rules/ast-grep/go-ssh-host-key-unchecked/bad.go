package deploy

var config = &ssh.ClientConfig{
	User: "deploy",
	// ruleid: go-ssh-host-key-unchecked
	HostKeyCallback: ssh.InsecureIgnoreHostKey(),
}
