package llbconv_test

import (
	"context"
	"fmt"
	"log"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"

	"github.com/stratabuild/strata/llbconv"
)

// configs is a registry in a map: image configs by the full name of the image. A
// real registry also returns the digest of the image, which pins it.
type configs map[string]string

func (c configs) ResolveImageConfig(_ context.Context, name string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, ok := c[name]
	if !ok {
		return "", "", nil, fmt.Errorf("%s: not found", name)
	}
	return name, "", []byte(config), nil
}

// printSteps prints the names that the daemon shows for the ops of a graph.
func printSteps(def *pb.Definition) {
	for _, op := range def.Def {
		if name := def.Metadata[digest.FromBytes(op).String()].Description["llb.customname"]; name != "" {
			fmt.Println(name)
		}
	}
}

// A Dockerfile is converted to a graph and the config of an image. No daemon is
// needed: the image config comes from a map.
func Example() {
	const dockerfile = `
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN go build -o /out/hello .

FROM scratch
COPY --from=build /out/hello /hello
ENTRYPOINT ["/hello"]
`
	file, diags := llbconv.Parse([]byte(dockerfile), nil)
	if err := diags.Err(); err != nil {
		log.Fatal(err)
	}
	sources := llbconv.Sources{Images: configs{
		"docker.io/library/golang:1.26": `{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:1"]}}`,
	}}
	result, diags := llbconv.Convert(context.Background(), file, sources, llbconv.Options{})
	if err := diags.Err(); err != nil {
		log.Fatal(err)
	}
	def, err := result.Marshal(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	printSteps(def)
	fmt.Println("entrypoint:", result.Image.Config.Entrypoint)
	// Output:
	// [build 1/4] FROM docker.io/library/golang:1.26
	// [build 2/4] WORKDIR /src
	// [internal] load build context
	// [build 3/4] COPY . .
	// [build 4/4] RUN go build -o /out/hello .
	// [stage-1 1/1] COPY --from=build /out/hello /hello
	// entrypoint: [/hello]
}

// All independent errors of a Dockerfile are reported together, each with its line
// and, if there is one, a hint.
func ExampleConvert_diagnostics() {
	const dockerfile = `FROM scratch
ARG --explicit SHA=1
RUN --arg=SAH make
EXPOSE http
`
	file, diags := llbconv.Parse([]byte(dockerfile), nil)
	if err := diags.Err(); err != nil {
		log.Fatal(err)
	}
	_, diags = llbconv.Convert(context.Background(), file, llbconv.Sources{}, llbconv.Options{})
	for _, d := range diags {
		fmt.Printf("line %d: %s\n", d.Line(), d.Text())
	}
	// Output:
	// line 3: --arg=SAH: the stage declares no such ARG before this step (did you mean SHA?)
	// line 4: invalid containerPort: http (invalid port "http")
}

// The filesystem of a result is an ordinary state, which package llb can extend.
func ExampleResult_State() {
	file, _ := llbconv.Parse([]byte("FROM scratch\nCOPY app /app\n"), nil)
	result, diags := llbconv.Convert(context.Background(), file, llbconv.Sources{}, llbconv.Options{})
	if err := diags.Err(); err != nil {
		log.Fatal(err)
	}
	more := result.State().File(llb.Mkfile("/version", 0o644, []byte("1.0\n")), llb.WithCustomName("write the version"))
	def, err := more.Marshal(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	printSteps(def.ToPB())
	// Output:
	// [internal] load build context
	// [1/1] COPY app /app
	// write the version
}
