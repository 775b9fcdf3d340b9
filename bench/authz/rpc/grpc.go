package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/remit-server/remit/bench/authz"
)

// grpcType marks calls that go as gRPC over HTTP/2.
const grpcType = "application/grpc"

// checkGRPC is a fully consistent CheckPermission as gRPC sends it. It is
// written by hand so that the same client asks all: a message is fields, a
// field its number and its value (protobuf's wire format).
func (p *SpiceDB) checkGRPC(q authz.Question) Call {
	fullyConsistent := []byte{4<<3 | 0, 1} // Consistency.fully_consistent = true
	message := grpcField(nil, 1, fullyConsistent)
	message = grpcField(message, 2, grpcObject("project", q.Project))
	message = grpcField(message, 3, []byte(cell(q.Permission, q.Owner == q.User)))
	message = grpcField(message, 4, grpcField(nil, 1, grpcObject("user", q.User)))
	frame := append([]byte{0}, binary.BigEndian.AppendUint32(nil, uint32(len(message)))...)
	return Call{Method: "POST", URL: p.grpc + "/authzed.api.v1.PermissionsService/CheckPermission", Key: spicedbKey, Type: grpcType, Body: append(frame, message...),
		Judge: func(answer []byte) error {
			got, err := grpcPermissionship(answer)
			if err == nil && (got == hasPermission) != q.Allowed {
				err = fmt.Errorf("want %v, got %x", q.Allowed, answer)
			}
			return err
		}}
}

func grpcObject(kind, id string) []byte {
	return grpcField(grpcField(nil, 1, []byte(kind)), 2, []byte(id))
}

func grpcField(message []byte, number uint64, value []byte) []byte {
	message = binary.AppendUvarint(message, number<<3|2)
	message = binary.AppendUvarint(message, uint64(len(value)))
	return append(message, value...)
}

const hasPermission = 2 // CheckPermissionResponse.PERMISSIONSHIP_HAS_PERMISSION

var errNoVerdict = errors.New("the gRPC answer holds no verdict")

// grpcPermissionship is field 2 of a CheckPermissionResponse.
func grpcPermissionship(answer []byte) (uint64, error) {
	if len(answer) < 5 {
		return 0, errNoVerdict // the status in the trailer says why
	}
	for rest := answer[5:]; len(rest) > 0; {
		tag, n := binary.Uvarint(rest)
		value, m := binary.Uvarint(rest[max(n, 0):])
		switch {
		case n <= 0 || m <= 0:
			return 0, errNoVerdict
		case tag == 2<<3|0:
			return value, nil
		case tag&7 == 2 && value < uint64(len(rest)-n-m): // a field with a length
			rest = rest[n+m+int(value):]
		default:
			return 0, errNoVerdict
		}
	}
	return 0, errNoVerdict
}
