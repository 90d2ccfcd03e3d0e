using System.Net;

namespace Remote;

/// <summary>
/// Between gRPC and the HTTP handler: lets no request be sent a second time, and hears what a web server says that refuses one.
/// </summary>
internal sealed class RequestHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private volatile string? _refusal;

    /// <summary>How the last request was refused by a web server, as a sentence; <see langword="null"/> if it was not.</summary>
    public string? Refusal => _refusal;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Content = request.Content is { } content ? new SentOnce(content) : null;
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        _refusal = response.StatusCode == HttpStatusCode.OK ? null : Describe(response);
        return response;
    }

    private static string Describe(HttpResponseMessage response)
    {
        var challenge = string.Join(", ", response.Headers.WwwAuthenticate.Select(static header => header.ToString()));
        var how = challenge.Length == 0 ? "" : $" (www-authenticate: {challenge})";
        return $"The peer's web server answered HTTP {(int)response.StatusCode} {response.StatusCode}{how}.";
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
            foreach (var (name, values) in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(name, values);
            }
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
