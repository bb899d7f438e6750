package lower

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"

	"github.com/stratabuild/strata/llbconv/diag"
)

// expose lowers EXPOSE.
func (in instruction) expose(s State, c *instructions.ExposeCommand) (State, error) {
	var specs, exposed []string
	for _, word := range c.Ports {
		words, err := in.run.words.Words(word, s.Vars.all)
		if err != nil {
			return s, err
		}
		specs = append(specs, words...)
	}
	for _, spec := range specs {
		ports, err := in.ports(spec)
		if err != nil {
			return s, err
		}
		exposed = append(exposed, ports...)
	}
	if s.Image.Config.ExposedPorts == nil {
		s.Image.Config.ExposedPorts = make(map[string]struct{}, len(exposed))
	}
	for _, port := range exposed {
		s.Image.Config.ExposedPorts[port] = struct{}{}
	}
	return in.history(s, fmt.Sprintf("EXPOSE %v", exposed), false), nil
}

// ports parses [[ip:]host:]port[-port][/protocol] into port/protocol, one for
// each port of a range. The parts before the port have no meaning in an image;
// they are checked and reported.
func (in instruction) ports(spec string) ([]string, error) {
	ip, host, container := splitPorts(spec)
	container, proto, _ := strings.Cut(container, "/")
	if container == "" {
		return nil, fmt.Errorf("invalid port: %q: no port specified", spec)
	}
	if proto == "" {
		proto = "tcp"
	}
	switch strings.ToLower(proto) {
	case "tcp", "udp", "sctp":
	default:
		return nil, diag.WithHint(fmt.Errorf("invalid port: %q: invalid proto: %s", spec, proto), "use tcp, udp or sctp")
	}
	in.checkPortFormat(spec, proto, ip != "" || host != "")
	if err := checkIP(ip); err != nil {
		return nil, err
	}
	first, last, err := portRange(container)
	if err != nil {
		return nil, fmt.Errorf("invalid containerPort: %s (%w)", container, err)
	}
	if err := checkHostPorts(host, container, first, last); err != nil {
		return nil, err
	}
	ports := make([]string, 0, last-first+1)
	for p := first; p <= last; p++ {
		ports = append(ports, strconv.Itoa(p)+"/"+strings.ToLower(proto))
	}
	return ports, nil
}

func (in instruction) checkPortFormat(spec, proto string, mapped bool) {
	if proto != strings.ToLower(proto) {
		rule := &linter.RuleExposeProtoCasing
		in.lint.Run(rule, in.location(), rule.Format(spec))
	}
	if mapped {
		rule := &linter.RuleExposeInvalidFormat
		in.lint.Run(rule, in.location(), rule.Format(spec))
	}
}

func splitPorts(spec string) (ip, host, container string) {
	parts := strings.Split(spec, ":")
	n := len(parts)
	container = parts[n-1]
	if n > 1 {
		host = parts[n-2]
	}
	if n > 2 {
		ip = strings.Join(parts[:n-2], ":")
	}
	return ip, host, container
}

func checkIP(ip string) error {
	if ip == "" {
		return nil
	}
	if ip[0] == '[' {
		bare, _, err := net.SplitHostPort(ip + ":")
		if err != nil {
			return fmt.Errorf("invalid IP address %v: %w", ip, err)
		}
		ip = bare
	}
	if ip != "" && net.ParseIP(ip) == nil {
		return errors.New("invalid IP address: " + ip)
	}
	return nil
}

// checkHostPorts returns an error if the range of host ports is not as long as
// that of the container. A single port of the container may have a range.
func checkHostPorts(host, container string, first, last int) error {
	if host == "" {
		return nil
	}
	hostFirst, hostLast, err := portRange(host)
	if err != nil {
		return fmt.Errorf("invalid hostPort: %s (%w)", host, err)
	}
	if last != first && last-first != hostLast-hostFirst {
		return fmt.Errorf("invalid ranges specified for container and host Ports: %s and %s", container, host)
	}
	return nil
}

func portRange(s string) (first, last int, err error) {
	if s == "" {
		return 0, 0, errors.New("empty string specified for ports")
	}
	from, to, ranged := strings.Cut(s, "-")
	if first, err = portNumber(from); err != nil {
		return 0, 0, err
	}
	if !ranged || from == to {
		return first, first, nil
	}
	if last, err = portNumber(to); err != nil {
		return 0, 0, err
	}
	if last < first {
		return 0, 0, errors.New("invalid port range: " + s)
	}
	return first, last, nil
}

func portNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("invalid port %q", s)
	}
	if n < 0 || n > 65535 {
		return 0, fmt.Errorf("port %d is out of range (0–65535)", n)
	}
	return n, nil
}
