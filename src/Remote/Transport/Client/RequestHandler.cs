using System.Net;

namespace Remote;

/// <summary>
/// Between gRPC and the HTTP handler: lets no request be sent a second time, hears what a web server says that refuses one, and says what was
/// waited for when a connection took too long.
/// </summary>
/// <param name="inner">Sends requests.</param>
/// <param name="received">Counts what is received; <see langword="null"/> where the connection does.</param>
/// <param name="tooLate">What is said of a timeout while there is no connection yet; nothing when there is one.</param>
/// <param name="insecure">What is said of a connection that security has ended; nothing of others.</param>
internal sealed class RequestHandler(HttpMessageHandler inner, ReceivedBytes? received, Func<string?> tooLate, Func<string?> insecure)
    : DelegatingHandler(inner)
{
    private volatile string? _refusal;

    /// <summary>How the last request was refused by a web server, as a sentence; <see langword="null"/> if it was not.</summary>
    public string? Refusal => _refusal;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Content = request.Content is { } content ? new SentOnce(content) : null;
        try
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            _refusal = response.StatusCode == HttpStatusCode.OK ? null : Describe(response);
            if (received is not null)
            {
                response.Content = await CountedAsync(response.Content, received, cancellationToken).ConfigureAwait(false);
            }

            return response;
        }
        catch (Exception exception) when ((insecure() ?? (IsTimeout(exception) ? tooLate() : null)) is { } what)
        {
            // Inside another, as that of a connect callback would be: gRPC takes the status of a bare one for the answer of the peer.
            throw new HttpRequestException(what, CallFailure.Of(Grpc.Core.StatusCode.Unavailable, what, exception));
        }
    }

    private static bool IsTimeout(Exception? exception) => exception is TimeoutException || (exception is not null && IsTimeout(exception.InnerException));

    private static string Describe(HttpResponseMessage response)
    {
        var challenge = string.Join(", ", response.Headers.WwwAuthenticate.Select(static header => header.ToString()));
        var how = challenge.Length == 0 ? "" : $" (www-authenticate: {challenge})";

        // Headers may have 64 KB.
        return LogText.Detail($"The peer's web server answered HTTP {(int)response.StatusCode} {response.StatusCode}{how}.");
    }

    private static async Task<HttpContent> CountedAsync(HttpContent content, ReceivedBytes received, CancellationToken cancellationToken)
    {
        var counted = new StreamContent(new CountedStream(await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), received));
        CopyHeaders(content, counted);
        return counted;
    }

    private static void CopyHeaders(HttpContent from, HttpContent to)
    {
        foreach (var (name, values) in from.Headers.NonValidated)
        {
            to.Headers.TryAddWithoutValidation(name, values);
        }
    }

    /// <summary>Sends through a client of the application.</summary>
    internal sealed class OverClient(HttpClient client) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>
    /// The handler repeats a request by itself when the peer refused its stream or said goodbye (REFUSED_STREAM, GOAWAY). Of a stream that is
    /// being written nothing is left to repeat: the second one would stay empty, and its caller would wait until the handshake times out.
    /// </summary>
    private sealed class SentOnce : HttpContent
    {
        private readonly HttpContent _content;
        private int _sent;

        public SentOnce(HttpContent content)
        {
            _content = content;
            CopyHeaders(content, this);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            Interlocked.Exchange(ref _sent, 1) == 0
                ? _content.CopyToAsync(stream, context, cancellationToken)
                : throw new IOException("The peer refused the stream.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
