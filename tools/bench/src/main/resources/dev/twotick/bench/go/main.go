// A receiver of webhooks in forty lines: verifies, commits in batches, answers, and pushes to the stream behind the answer.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
)

const most, committers = 512, 4

var insert = "insert into simple_log (id, body) select * from unnest($1::uuid[], $2::bytea[])"

type post struct {
	id   uuid.UUID
	body []byte
	done chan error
}

// receiver PORT POSTGRES-URL REDIS-URL APP-SECRET
func main() {
	options, err := redis.ParseURL(os.Args[3])
	check(err)
	pool, err := pgxpool.New(context.Background(), os.Args[2])
	check(err)
	posts, stream := make(chan post, 10_000), redis.NewClient(options)
	for range committers {
		go commit(posts, pool, stream)
	}
	http.HandleFunc("POST /webhook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(os.Args[4]))
		mac.Write(body)
		right := "sha256=" + hex.EncodeToString(mac.Sum(nil))
		if err != nil || !hmac.Equal([]byte(right), []byte(r.Header.Get("X-Hub-Signature-256"))) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		p := post{uuid.Must(uuid.NewV7()), body, make(chan error, 1)}
		if posts <- p; <-p.done != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	check(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}

func commit(posts chan post, pool *pgxpool.Pool, stream *redis.Client) {
	for p := range posts {
		batch := append([]post{}, p)
		for len(posts) > 0 && len(batch) < most {
			batch = append(batch, <-posts)
		}
		ids, bodies, pushes := []uuid.UUID{}, [][]byte{}, stream.Pipeline()
		for _, p := range batch {
			ids, bodies = append(ids, p.id), append(bodies, p.body)
			pushes.XAdd(context.Background(), &redis.XAddArgs{Stream: "simple", Values: []any{"id", p.id[:], "body", p.body}})
		}
		_, err := pool.Exec(context.Background(), insert, ids, bodies)
		for _, p := range batch {
			p.done <- err
		}
		if err == nil {
			pushes.Exec(context.Background()) // may fail: the log has it
		}
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
