using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace Remote.Tests;

/// <summary>The bytes of HTTP/2 that a script writes, on any stream, right or wrong.</summary>
internal static class RawFrames
{
    public const byte Data = 0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, PushPromise = 5, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;

    public const byte None = 0, EndStream = 1, EndHeaders = 4;

    public const string Receive = "/remote.Remoting/Receive";

    private static readonly (string Name, string Value)[] Grpc =
        [(":method", "POST"), (":scheme", "http"), (":path", Receive), (":authority", "test"), ("content-type", "application/grpc"), ("te", "trailers")];

    public static byte[] Frame(byte type, byte flags, int stream, params byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, .. Number((uint)stream), .. payload];

    /// <summary>Opens a call as a gRPC client does.</summary>
    public static byte[] Open(int stream, params (string Name, string Value)[] more) => Frame(Headers, EndHeaders, stream, Block([.. Grpc, .. more]));

    /// <summary>Headers in literal form: none goes into a table.</summary>
    public static byte[] Block(params (string Name, string Value)[] headers) => [.. headers.SelectMany(header => Literal(header.Name, header.Value))];

    public static byte[] Literal(string name, string value) => [0, .. Text(name), .. Text(value)];

    /// <summary>The same, kept in the table of the reader, where it has the index 62.</summary>
    public static byte[] Kept(string name, string value) => [0x40, .. Text(name), .. Text(value)];

    public static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    /// <summary>A gRPC message.</summary>
    public static byte[] Message(IMessage message) => [0, .. Number((uint)message.CalculateSize()), .. message.ToByteArray()];

    // The length in HPACK's integers: seven bits, and seven more in each byte that follows a full one.
    private static byte[] Text(string text)
    {
        List<byte> bytes = [];
        var rest = Encoding.ASCII.GetByteCount(text);
        if (rest < 127)
        {
            bytes.Add((byte)rest);
        }
        else
        {
            bytes.Add(127);
            for (rest -= 127; rest >= 128; rest >>= 7)
            {
                bytes.Add((byte)((rest & 127) | 128));
            }

            bytes.Add((byte)rest);
        }

        return [.. bytes, .. Encoding.ASCII.GetBytes(text)];
    }
}
