package lower

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/moby/sys/signal"

	"github.com/stratabuild/strata/llbconv/diag"
)

// lastSeen holds the places of instructions of which only the last in a stage
// counts.
type lastSeen struct {
	cmd, entrypoint, healthcheck []parser.Range
	cmdSet                       bool
}

// configure lowers the instructions that change only the image config.
func (in instruction) configure(s State, command instructions.Command) (State, error) {
	config := &s.Image.Config
	switch c := command.(type) {
	case *instructions.MaintainerCommand:
		s.Image.Author = c.Maintainer
		return in.history(s, "MAINTAINER "+c.Maintainer, false), nil
	case *instructions.LabelCommand:
		return in.label(s, c), nil
	case *instructions.OnbuildCommand:
		config.OnBuild = append(config.OnBuild, c.Expression)
		return s, nil
	case *instructions.CmdCommand:
		return in.cmd(s, c), nil
	case *instructions.EntrypointCommand:
		return in.entrypoint(s, c), nil
	case *instructions.HealthCheckCommand:
		return in.healthcheck(s, c), nil
	case *instructions.UserCommand:
		config.User = c.User
		return in.history(s, "USER "+c.User, false), nil
	case *instructions.VolumeCommand:
		return in.volume(s, c)
	case *instructions.StopSignalCommand:
		if _, err := signal.ParseSignal(c.Signal); err != nil {
			return s, diag.WithHint(err, "use a name such as SIGTERM or a number")
		}
		config.StopSignal = c.Signal
		return in.history(s, "STOPSIGNAL "+c.Signal, false), nil
	case *instructions.ShellCommand:
		config.Shell = c.Shell
		return in.history(s, fmt.Sprintf("SHELL %v", c.Shell), false), nil
	}
	return s, fmt.Errorf("%s is not supported", strings.ToUpper(command.Name()))
}

func (in instruction) label(s State, c *instructions.LabelCommand) State {
	config := &s.Image.Config
	if config.Labels == nil {
		config.Labels = make(map[string]string, len(c.Labels))
	}
	line := "LABEL"
	for _, l := range c.Labels {
		in.checkLegacyFormat(c, l)
		config.Labels[l.Key] = l.Value
		line += " " + l.String()
	}
	return in.history(s, line, false)
}

func (in instruction) checkLegacyFormat(c instructions.Command, pair instructions.KeyValuePair) {
	if pair.NoDelim {
		rule := &linter.RuleLegacyKeyValueFormat
		in.lint.Run(rule, c.Location(), rule.Format(c.Name()))
	}
}

func (in instruction) cmd(s State, c *instructions.CmdCommand) State {
	in.stage.lastSeen.cmd = in.onlyLast(c, in.stage.lastSeen.cmd)
	in.stage.lastSeen.cmdSet = true
	args := in.shellForm(s, c, c.ShellDependantCmdLine)
	s.Image.Config.Cmd = args
	//lint:ignore SA1019 deprecated, but what Docker writes
	s.Image.Config.ArgsEscaped = true
	return in.history(s, fmt.Sprintf("CMD %q", args), false)
}

func (in instruction) entrypoint(s State, c *instructions.EntrypointCommand) State {
	in.stage.lastSeen.entrypoint = in.onlyLast(c, in.stage.lastSeen.entrypoint)
	args := in.shellForm(s, c, c.ShellDependantCmdLine)
	s.Image.Config.Entrypoint = args
	if !in.stage.lastSeen.cmdSet { // the CMD of the base image belongs to its own entrypoint
		s.Image.Config.Cmd = nil
	}
	return in.history(s, fmt.Sprintf("ENTRYPOINT %q", args), false)
}

// shellForm returns a command line with the shell before it, unless it is in
// JSON form.
func (in instruction) shellForm(s State, c instructions.Command, line instructions.ShellDependantCmdLine) []string {
	if !line.PrependShell {
		return line.CmdLine
	}
	if len(s.Image.Config.Shell) == 0 {
		rule := &linter.RuleJSONArgsRecommended
		in.lint.Run(rule, c.Location(), rule.Format(c.Name()))
	}
	return s.inShell(line.CmdLine)
}

// inShell returns a command line as an argument of the stage's shell.
func (s State) inShell(args []string) []string {
	shell := s.Image.Config.Shell
	if len(shell) == 0 {
		shell = []string{"/bin/sh", "-c"}
		if s.Image.OS == "windows" {
			shell = []string{"cmd", "/S", "/C"}
		}
	}
	return append(slices.Clone(shell), strings.Join(args, " "))
}

func (in instruction) healthcheck(s State, c *instructions.HealthCheckCommand) State {
	in.stage.lastSeen.healthcheck = in.onlyLast(c, in.stage.lastSeen.healthcheck)
	check := dockerspec.HealthcheckConfig{
		Test:          c.Health.Test,
		Interval:      c.Health.Interval,
		Timeout:       c.Health.Timeout,
		StartPeriod:   c.Health.StartPeriod,
		StartInterval: c.Health.StartInterval,
		Retries:       c.Health.Retries,
	}
	s.Image.Config.Healthcheck = &check
	return in.history(s, fmt.Sprintf("HEALTHCHECK %+v", check), false)
}

func (in instruction) volume(s State, c *instructions.VolumeCommand) (State, error) {
	if slices.Contains(c.Volumes, "") {
		return s, errors.New("VOLUME specified can not be an empty string")
	}
	if s.Image.Config.Volumes == nil {
		s.Image.Config.Volumes = make(map[string]struct{}, len(c.Volumes))
	}
	for _, v := range c.Volumes {
		s.Image.Config.Volumes[v] = struct{}{}
	}
	return in.history(s, fmt.Sprintf("VOLUME %v", c.Volumes), false), nil
}

// onlyLast reports the earlier of two instructions of which only the last counts.
// It returns the place of the last one.
func (in instruction) onlyLast(c instructions.Command, previous []parser.Range) []parser.Range {
	if previous != nil {
		rule := &linter.RuleMultipleInstructionsDisallowed
		in.lint.Run(rule, previous, rule.Format(c.Name()))
	}
	return c.Location()
}
