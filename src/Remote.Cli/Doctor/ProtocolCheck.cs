namespace Remote.Cli;

/// <summary>Whether what is spoken at a port is what the tool was told to speak. Pure.</summary>
internal static class ProtocolCheck
{
    private const string Check = "protocol";

    public static Finding Judge(Spoken spoken, TargetAddress address, bool useTls)
    {
        var said = spoken.Text.Length > 0 ? $" ('{spoken.Text}')" : "";
        return (spoken.Protocol, useTls) switch
        {
            (SpokenProtocol.Http2, false) => Finding.Ok(Check, "HTTP/2 without TLS"),
            (SpokenProtocol.Tls, true) => Finding.Ok(Check, "TLS"),
            (SpokenProtocol.Tls, false) => Finding.Problem(
                Check, $"{address} speaks TLS, and was dialled without it{said}",
                "Add --tls, or --ca FILE with the authority of the nodes. A node that dials it so needs RemoteOptions.Tls (options.UseTls)."),
            (SpokenProtocol.Http2, true) => Finding.Problem(
                Check, $"{address} speaks without TLS, and was dialled with it",
                "Leave the options of TLS out, or switch TLS on there (options.UseTls); a node that dials it may have it in RemoteOptions.PlainPeers."),
            (SpokenProtocol.Http1, _) => Finding.Problem(
                Check, $"{address} is a web server that speaks HTTP/1.1 only{said}",
                "Is it the right port? On a web server of your own, the endpoint needs HttpProtocols.Http2 and app.MapRemote()."),
            (SpokenProtocol.Silent, _) => Finding.Problem(
                Check, $"{address} takes connections and says nothing", "Is the process stuck, or is something else listening there?"),
            (SpokenProtocol.Closed, _) => Finding.Problem(
                Check, $"{address} takes connections and closes them without a word",
                "Is something else listening there? A node closes so when it has too many connections (Transport.MaxConnections, MaxConnectionsPerAddress)."),
            _ => Finding.Problem(Check, $"{address} speaks something else than gRPC{said}", "Is it the port of the node? Its start logs the address."),
        };
    }
}
