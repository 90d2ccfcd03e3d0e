#!/usr/bin/env bash
# Writes the golden bytes again: what protoc makes of the text files beside them, never what our own encoder makes.
# A test compares the checked-in bytes with protoc's, so run this only after changing a text file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=$(sed -n 's/.*Include="Grpc.Tools" Version="\([^"]*\)".*/\1/p' ../../../Directory.Packages.props)
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) platform=linux_x64 ;;
  Linux-aarch64) platform=linux_arm64 ;;
  Darwin-*) platform=macosx_universal ;;
  *) echo "no protoc for $(uname -s)-$(uname -m) in Grpc.Tools" >&2; exit 1 ;;
esac
tools="${NUGET_PACKAGES:-$HOME/.nuget/packages}/grpc.tools/$version/tools"

encode() { # folder, message type, schema
  for text in "$1"/*.txtpb; do
    "$tools/$platform/protoc" -I ../../../protos -I "$1" --encode="$2" "$3" <"$text" >"${text%.txtpb}.bin"
  done
}

encode strings golden.strings.RemoteMessage schema.proto
encode pids golden.pids.RemoteMessage schema.proto
encode frames remote.RemoteMessage remote.proto

# A file is named after its message; what follows a dot tells several of one message apart.
for text in admin/*.txtpb; do
  type=$(basename "$text")
  "$tools/$platform/protoc" -I ../../../protos -I "$tools/../build/native/include" --encode="remote.admin.${type%%.*}" remote_admin.proto <"$text" >"${text%.txtpb}.bin"
done
