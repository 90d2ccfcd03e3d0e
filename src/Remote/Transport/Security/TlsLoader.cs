using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>Reads certificates, keys and lists from where the options say. What is wrong with a file is said with its name and its option.</summary>
internal sealed class TlsLoader(TlsOptions options, Func<TlsIdentity>? given)
{
    private const string Given = "RemoteOptions.Hooks.TlsIdentity (options.UseTls)";

    /// <summary>Where the certificate comes from, for a message.</summary>
    public string Source => given is not null ? Given
        : options.StoreSubject is { } subject ? $"the store {options.StoreLocation}/{options.StoreName} (RemoteOptions.Tls.StoreSubject = '{subject}')"
        : options.CertificatePath is { } path ? FileOf(path, nameof(TlsOptions.CertificatePath))
        : "nowhere (RemoteOptions.Tls.CertificatePath is not set)";

    /// <summary>Whether something else than a file is to be asked.</summary>
    public bool HasMoreThanFiles => given is not null || options.StoreSubject is not null;

    /// <summary>What can be seen of the files without reading them: another text means that one of them has changed.</summary>
    public string Stamp() => string.Join(
        '|', Stamp(options.CertificatePath), Stamp(options.KeyPath), Stamp(options.TrustedRootsPath), Stamp(options.RevocationListPath));

    /// <exception cref="RemoteException">Something cannot be read, or is not what it should be.</exception>
    public TlsMaterial Load(int generation)
    {
        var identity = given is not null ? Ask(given) : options.StoreSubject is { } subject ? FromStore(subject) : FromFiles();
        var roots = identity.TrustedRoots ?? ReadRoots();
        var rootsSource = identity.TrustedRoots is not null ? $"the roots of {Given}"
            : options.TrustedRootsPath is { } file ? $"the file {FileOf(file, nameof(TlsOptions.TrustedRootsPath))}"
            : "the roots of the operating system (RemoteOptions.Tls.TrustedRootsPath is not set)";
        var revoked = options.RevocationListPath is { } path
            ? Reading(nameof(TlsOptions.RevocationListPath), path, static path => RevocationLists.Read(
                File.ReadAllBytes(path), $"the file {FileOf(path, nameof(TlsOptions.RevocationListPath))}"))
            : RevocationLists.None;
        try
        {
            return new TlsMaterial(generation, identity, roots, rootsSource, revoked);
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException or NotSupportedException)
        {
            throw Fault($"The certificate from {Source} cannot be used: {exception.Message}", exception);
        }
    }

    private static string Stamp(string? path)
    {
        if (path is null)
        {
            return "";
        }

        try
        {
            // Opened, because links are followed then: a secret of Kubernetes is exchanged by turning one.
            using var file = File.OpenHandle(path);
            var changed = File.GetLastWriteTimeUtc(file);
            return string.Create(CultureInfo.InvariantCulture, $"{changed.Ticks} {RandomAccess.GetLength(file)}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.GetType().Name;
        }
    }

    private static TlsIdentity Ask(Func<TlsIdentity> given)
    {
        try
        {
            return given() ?? throw new InvalidOperationException("it returned null.");
        }
        catch (Exception exception)
        {
            throw Fault($"RemoteOptions.Hooks.TlsIdentity failed: {exception.Message}", exception);
        }
    }

    private TlsIdentity FromFiles()
    {
        if (options.CertificatePath is not { } path)
        {
            return new TlsIdentity(null);
        }

        var isPkcs12 = Path.GetExtension(path) is ".pfx" or ".p12" or ".PFX" or ".P12";
        return isPkcs12 ? Reading(nameof(TlsOptions.CertificatePath), path, FromPkcs12) : FromPem(path);
    }

    private TlsIdentity FromPkcs12(string path)
    {
        var all = Decrypted(() => X509CertificateLoader.LoadPkcs12CollectionFromFile(path, options.KeyPassword), "it");
        var own = all.FirstOrDefault(static certificate => certificate.HasPrivateKey)
            ?? throw new CryptographicException("it has no certificate with a private key");
        return new TlsIdentity(own) { Intermediates = [.. all.Where(certificate => certificate != own)] };
    }

    private TlsIdentity FromPem(string path)
    {
        var text = Reading(nameof(TlsOptions.CertificatePath), path, File.ReadAllText);
        var all = Reading(nameof(TlsOptions.CertificatePath), path, _ => Certificates(text));
        var (keyOption, keyPath) = options.KeyPath is { } separate ? (nameof(TlsOptions.KeyPath), separate) : (nameof(TlsOptions.CertificatePath), path);
        var key = Reading(keyOption, keyPath, File.ReadAllText);
        return Reading(keyOption, keyPath, _ => new TlsIdentity(WithKey(text, key)) { Intermediates = [.. all.Skip(1)] });
    }

    private X509Certificate2 WithKey(string certificate, string key)
    {
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new CryptographicException(
                "it has no private key (a PEM block 'PRIVATE KEY')" + (options.KeyPath is null ? ", and RemoteOptions.Tls.KeyPath is not set" : ""));
        }

        var isEncrypted = key.Contains("ENCRYPTED", StringComparison.Ordinal);
        if (isEncrypted && options.KeyPassword is null)
        {
            throw new CryptographicException("the key is encrypted, and RemoteOptions.Tls.KeyPassword is not set");
        }

        var own = isEncrypted
            ? Decrypted(() => X509Certificate2.CreateFromEncryptedPem(certificate, key, options.KeyPassword), "the key")
            : X509Certificate2.CreateFromPem(certificate, key);

        // Windows can sign in handshakes only with keys that have a place in a store.
        return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null) : own;
    }

    /// <summary>What the platform says of a password that is wrong, it also says of much else.</summary>
    private T Decrypted<T>(Func<T> read, string what)
    {
        try
        {
            return read();
        }
        catch (CryptographicException exception)
        {
            var password = options.KeyPassword is null
                ? "RemoteOptions.Tls.KeyPassword is not set, if it has a password" : "is RemoteOptions.Tls.KeyPassword its password?";
            throw new CryptographicException($"{what} cannot be decrypted or read: {password} ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    private TlsIdentity FromStore(string subject)
    {
        try
        {
            using var store = new X509Store(options.StoreName, options.StoreLocation, OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
            var newest = store.Certificates.Find(X509FindType.FindBySubjectName, subject, validOnly: false)
                .Where(static certificate => certificate.HasPrivateKey)
                .MaxBy(static certificate => certificate.NotBefore);
            return new TlsIdentity(newest ?? throw new CryptographicException("there is no certificate of that subject with a private key"));
        }
        catch (CryptographicException exception)
        {
            throw Fault($"No certificate from {Source}: {exception.Message}", exception);
        }
    }

    private X509Certificate2Collection? ReadRoots() =>
        options.TrustedRootsPath is { } path ? Reading(nameof(TlsOptions.TrustedRootsPath), path, static path => Certificates(File.ReadAllText(path))) : null;

    private static X509Certificate2Collection Certificates(string pem)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPem(pem);
        return all.Count > 0 ? all : throw new CryptographicException("it has no certificate (a PEM block 'CERTIFICATE')");
    }

    private static T Reading<T>(string option, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw Fault($"The file {FileOf(path, option)} cannot be used: {Why(exception, path)}", exception);
        }
    }

    private static string Why(Exception exception, string path) => exception switch
    {
        _ when Directory.Exists(path) => "it is a directory, and a file is wanted.",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file.",
        UnauthorizedAccessException =>
            $"the user {Environment.UserName}, whose process this is, may not read it. Give it to that user (chown), with the mode 0400.",
        ArgumentException => "the private key does not belong to the certificate. The two files must be from the same making.",
        _ => exception.Message.TrimEnd('.') + ".",
    };

    /// <summary>Absolute: whoever reads a log at night does not know where the process was started.</summary>
    private static string FileOf(string path, string option) => $"{Path.GetFullPath(path)} (RemoteOptions.Tls.{option})";

    private static RemoteException Fault(string message, Exception cause) => new(RemoteError.InvalidConfiguration, message, cause);
}
