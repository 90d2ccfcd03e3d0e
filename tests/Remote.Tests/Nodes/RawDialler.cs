using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>A peer that writes several messages in one piece, so that they arrive together; our own client writes one at a time.</summary>
internal sealed class RawDialler : HttpContent
{
    // A flag for compression and the length.
    private const int PrefixLength = 5;

    private readonly HttpMessageInvoker _invoker;
    private readonly TaskCompletionSource<Stream> _request = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<HttpResponseMessage> _response;

    public RawDialler(InMemoryNetwork network, string address)
    {
        _invoker = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = (_, token) => network.ConnectAsync(address, token) });
        Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://{address}/remote.Remoting/Receive")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = this,
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        _response = _invoker.SendAsync(request, CancellationToken.None);
    }

    public async Task SendAsync(params Wire.RemoteMessage[] messages)
    {
        var request = await _request.Task.Within("the call to open");
        await request.WriteAsync(messages.SelectMany(Frame).ToArray()).AsTask().Within("a write");
        await request.FlushAsync().Within("a flush");
    }

    /// <summary>The next message from the node; <see langword="null"/> at the end of the stream.</summary>
    public async Task<Wire.RemoteMessage?> ReadAsync()
    {
        var response = await (await _response.Within("an answer")).Content.ReadAsStreamAsync();
        var prefix = new byte[PrefixLength];
        if (await response.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false).AsTask().Within("a message from the node") == 0)
        {
            return null;
        }

        var message = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(1))];
        await response.ReadExactlyAsync(message).AsTask().Within("the rest of a message from the node");
        return Wire.RemoteMessage.Parser.ParseFrom(message);
    }

    /// <summary>The status that the stream ended with.</summary>
    public async Task<string> StatusAsync() => (await _response).TrailingHeaders.GetValues("grpc-status").Single();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        _request.SetResult(stream);
        await _completed.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        _completed.TrySetResult();
        _invoker.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Frame(Wire.RemoteMessage message)
    {
        var frame = new byte[PrefixLength + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - PrefixLength);
        message.WriteTo(frame.AsSpan(PrefixLength));
        return frame;
    }
}
