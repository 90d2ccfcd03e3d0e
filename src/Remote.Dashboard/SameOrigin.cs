using Microsoft.AspNetCore.Http;

namespace Remote.Dashboard;

/// <summary>
/// Tells the requests of the dashboard's own page from those that another site makes a browser send. There are no cookies of ours, but the
/// browser of somebody who may see the dashboard is on the right machine, or has a session with the application.
/// </summary>
internal static class SameOrigin
{
    /// <summary>No site can have a browser send this to another origin, unless that has agreed to it, which this one never does.</summary>
    public const string Header = "Remote-Dashboard";

    /// <summary>
    /// Why a request for figures is not answered; <see langword="null"/> when it is. Answers could not be read, but they cost.
    /// </summary>
    public static string? ObjectionToRead(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none") ? "This request comes from another site."
        : request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(origin, request.Host) ? $"This request comes from {origin}."
        : null;

    /// <summary>Why a request is not obeyed; <see langword="null"/> when it is.</summary>
    public static string? ObjectionToChange(HttpRequest request) =>
        request.Headers[Header] != "1" ? $"A request that changes something needs the header {Header}: 1." : ObjectionToRead(request);

    // Without the scheme: behind a proxy that speaks TLS it is another one here than for the browser.
    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && string.Equals(uri.Host, host.Host, StringComparison.OrdinalIgnoreCase)
        && uri.Port == (host.Port ?? (uri.Scheme == Uri.UriSchemeHttps ? 443 : 80));
}
