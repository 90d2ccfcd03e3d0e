using System.Buffers;
using System.Text;

namespace Remote.Transport.Tests;

internal static class Frames
{
    public static byte[] Frame(ReadOnlySpan<byte> message, bool compressed = false)
    {
        var frame = new byte[GrpcFrameWriter.PrefixLength + message.Length];
        GrpcFrameWriter.WritePrefix(frame, message.Length, compressed);
        message.CopyTo(frame.AsSpan(GrpcFrameWriter.PrefixLength));
        return frame;
    }

    public static byte[] Frame(string message) => Frame(Message(message));

    public static byte[] Message(string message) => Encoding.UTF8.GetBytes(message);

    public static string Text(this GrpcFrameReader reader) => Encoding.UTF8.GetString(reader.Message);

    public static async Task EchoAsync(GrpcServerStream stream)
    {
        await stream.StartAsync();
        while (await stream.Reader.ReadAsync())
        {
            await stream.WriteMessageAsync(stream.Reader.Message);
        }
    }

    public static async Task<GrpcException> FailsAsync(Func<Task> act, GrpcStatusCode code)
    {
        GrpcException exception = await Assert.ThrowsAsync<GrpcException>(act);
        Assert.True(exception.Status.Code == code, $"Expected {code}, got {exception}");
        return exception;
    }

    public static async Task<byte[]> UnaryBytesAsync(this GrpcClient client, string method, byte[] request, GrpcCallOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = new ArrayBufferWriter<byte>();
        await client.UnaryAsync(method, new ReadOnlySequence<byte>(request), response, options, cancellationToken);
        return response.WrittenSpan.ToArray();
    }
}
