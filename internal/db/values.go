package db

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

// Micros returns t as a query argument: microseconds since 1970 UTC, or nil
// for the zero time. Anything finer than a microsecond is cut off.
func Micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// MicrosPtr is Micros for an optional time; nil stays nil.
func MicrosPtr(t *time.Time) any {
	if t == nil {
		return nil
	}
	return Micros(*t)
}

// NullText is s as a query argument: nil for "".
func NullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Time scans what Micros stored into dst, in UTC; NULL is the zero time.
func Time(dst *time.Time) sql.Scanner { return timeScanner{dst} }

// TimePtr scans what MicrosPtr stored into dst, in UTC; NULL is nil.
func TimePtr(dst **time.Time) sql.Scanner { return timePtrScanner{dst} }

type timeScanner struct{ dst *time.Time }

func (s timeScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.dst = time.Time{}
	case int64:
		*s.dst = time.UnixMicro(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T, want microseconds", src)
	}
	return nil
}

type timePtrScanner struct{ dst **time.Time }

func (s timePtrScanner) Scan(src any) error {
	if src == nil {
		*s.dst = nil
		return nil
	}
	var t time.Time
	if err := (timeScanner{&t}).Scan(src); err != nil {
		return err
	}
	*s.dst = &t
	return nil
}

// JSON returns v as a query argument for a TEXT column: its JSON text.
func JSON(v any) any { return jsonValue{v} }

// FromJSON scans what JSON stored into dst, a pointer. NULL leaves it alone.
func FromJSON(dst any) sql.Scanner { return jsonScanner{dst} }

type jsonValue struct{ v any }

// Value implements driver.Valuer.
func (j jsonValue) Value() (driver.Value, error) {
	text, err := json.Marshal(j.v)
	return string(text), err
}

type jsonScanner struct{ dst any }

func (s jsonScanner) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), s.dst)
	case []byte:
		return json.Unmarshal(v, s.dst)
	}
	return fmt.Errorf("JSON is stored as %T, want text", src)
}
