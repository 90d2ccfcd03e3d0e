using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Remote.Tests;

/// <summary>What docs/security.md says that the log says, word for word: each quotation is a part of what the same mistakes say here.</summary>
[Trait("Behaviour", "O-07")]
public sealed partial class SecurityPageTests : IDisposable
{
    private static readonly DateTimeOffset Made = new(2026, 11, 30, 9, 9, 50, TimeSpan.Zero);
    private static readonly DateTimeOffset Over = new(2027, 2, 28, 1, 41, 6, TimeSpan.Zero);
    private static readonly DateTimeOffset[] Times =
    [
        new(2026, 12, 1, 8, 0, 0, TimeSpan.Zero), new(2027, 3, 1, 8, 0, 0, TimeSpan.Zero), new(2019, 1, 1, 0, 0, 0, TimeSpan.Zero),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remote-page-");
    private readonly TestAuthority _shop = new("Shop CA");
    private readonly TestAuthority _other = new("Other CA");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Quotations_AreWhatIsSaid()
    {
        var said = string.Join("\n", Said()).Replace(_folder.FullName, "/etc/shop", StringComparison.Ordinal);
        var quotations = Page().Split('\n')
            .SkipWhile(line => !line.StartsWith("### What people get wrong", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split(" | ")[^1])
            .SelectMany(said => Quotation().Matches(said).Select(quotation => quotation.Groups["text"].Value))
            .ToArray();

        Assert.InRange(quotations.Length, 25, 60);
        var pieces = quotations.SelectMany(text => Sentence().Split(text), (_, piece) => piece.Trim(' ', '(', ')', '.')).Where(piece => piece.Length > 3);
        Assert.All(pieces, piece => Assert.True(said.Contains(piece, StringComparison.Ordinal), $"Nothing says: {piece}\n{said}"));
    }

    /// <summary>Everything that the mistakes of the page lead to.</summary>
    private IEnumerable<string> Said()
    {
        var good = new CertificateWish { Name = "node1", Hosts = ["node1.shop.example", "localhost"], From = Made, Until = Over };
        foreach (var (wish, roots) in new[]
        {
            (good, _shop),
            (good, _other),
            (good with { Hosts = [], Addresses = [] }, _shop),
            (good with { Usages = [KeyUsage.Server] }, _shop),
        })
        {
            var material = Material(_shop.Issue(wish), roots);
            foreach (var text in Times.SelectMany(now => OfCertificate(material, now)))
            {
                yield return text;
            }
        }

        foreach (var text in OfFiles(good))
        {
            yield return text.Replace($"the user {Environment.UserName},", "the user shop,", StringComparison.Ordinal);
        }

        // What peers do that speak otherwise is said in these by constants.
        foreach (var file in new[] { "TlsAcceptor.cs", "TlsDial.cs", "HandshakeFailure.cs" })
        {
            yield return File.ReadAllText(Path.Combine(Root(), "src/Remote/Transport/Security", file));
        }

        foreach (var method in typeof(TlsLog).GetMethods(BindingFlags.Static | BindingFlags.Public))
        {
            yield return (method.GetCustomAttribute<LoggerMessageAttribute>()?.Message ?? "")
                .Replace("{RemoteEndPoint}", "10.0.0.2:40112", StringComparison.Ordinal)
                .Replace("{Address}: {Reason}", "node1.shop.example:8000: the certificate 'CN=node1'", StringComparison.Ordinal)
                .Replace("{Doubt}", "the certificate 'CN=node1'", StringComparison.Ordinal);
        }
    }

    private IEnumerable<string> OfCertificate((TlsMaterial Material, string Source) node, DateTimeOffset now)
    {
        var (material, source) = node;
        foreach (var doubt in OwnCertificate.Doubts(material, source, new TlsOptions(), "node1.shop.example:8000", now))
        {
            yield return doubt;
        }

        var options = new TlsOptions { PeerNames = ["node9.shop.example"] };
        foreach (var one in new[] { new TlsOptions(), options })
        {
            var time = new Remote.Testing.ManualTimeProvider(now);
            var judge = new PeerVerifier(one, time);
            foreach (var (usage, fault) in new (string, Func<X509Chain?, TlsFault?>)[]
            {
                (KeyUsage.Client, chain => judge.JudgeClient(material, chain is null ? null : material.Certificate, chain)),
                (KeyUsage.Server, chain => judge.JudgeServer(material, material.Certificate, chain, "node1.shop.example")),
            })
            {
                using var chain = new X509Chain { ChainPolicy = judge.PolicyFor(material, usage) };
                chain.Build(material.Certificate!);
                foreach (var found in new[] { fault(chain), fault(null) }.OfType<TlsFault>())
                {
                    yield return $"{found}";
                    yield return $"{found.Reason}. {OwnCertificate.WayOut(material, source, found.Reason, now)}";
                    yield return $"{found.Reason}. {OwnCertificate.WayOut(material, source, found.Reason, Times[0])}";
                }
            }
        }

        var bare = new TlsMaterial(1, new TlsIdentity(null), null, "", RevocationLists.None);
        yield return $"it showed no certificate. {OwnCertificate.WayOut(bare, source, "it showed no certificate", now)}";
    }

    private IEnumerable<string> OfFiles(CertificateWish wish)
    {
        var (certificate, key, store) = (At("node1.crt"), At("node1.key"), At("node1.pfx"));
        using var own = _shop.Issue(wish);
        File.WriteAllText(certificate, own.ExportCertificatePem());
        File.Delete(key);
        yield return Fault(certificate, null);
        yield return Fault(certificate, key);
        File.WriteAllText(key, TestAuthority.KeyOf(_shop.Issue()));
        yield return Fault(certificate, key);
        File.Delete(key);
        File.CreateSymbolicLink(key, "/proc/sys/vm/compact_memory");
        yield return Fault(certificate, key);
        yield return Fault(certificate, _folder.FullName);
        File.WriteAllBytes(store, own.Export(X509ContentType.Pkcs12, "right"));
        yield return Fault(store, null, "wrong");
    }

    private static string Fault(string certificate, string? key, string? password = null)
    {
        var options = new TlsOptions { CertificatePath = certificate, KeyPath = key, KeyPassword = password };
        return Assert.Throws<RemoteException>(() => new TlsLoader(options, given: null).Load(1)).Message;
    }

    private (TlsMaterial Material, string Source) Material(X509Certificate2 own, TestAuthority roots)
    {
        File.WriteAllText(At("node1.crt"), own.ExportCertificatePem());
        File.WriteAllText(At("node1.key"), TestAuthority.KeyOf(own));
        File.WriteAllText(At("ca.crt"), roots.Certificate.ExportCertificatePem());
        var loader = new TlsLoader(
            new TlsOptions { CertificatePath = At("node1.crt"), KeyPath = At("node1.key"), TrustedRootsPath = At("ca.crt") }, given: null);
        return (loader.Load(1), loader.Source);
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private static string Page() => File.ReadAllText(Path.Combine(Root(), "docs/security.md"));

    private static string Root() => Path.GetFullPath(Path.Combine(
        typeof(SecurityPageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Recordings").Value!, "../../.."));

    // Of a quotation that leaves something out, and of one that is put together: reason and way out are apart in the code.
    [GeneratedRegex(@"\.\.\.|\. ")]
    private static partial Regex Sentence();

    [GeneratedRegex("`(?<text>[^`]+)`")]
    private static partial Regex Quotation();
}
