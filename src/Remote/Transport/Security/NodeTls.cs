using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote;

/// <summary>
/// TLS of one node: the certificates of this moment, which follow the files, and the judgement of those of its peers. Its listener and its dials
/// share it. Thread-safe.
/// </summary>
internal sealed class NodeTls : IDisposable
{
    private readonly RemoteOptions _options;
    private readonly TlsLoader _loader;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private volatile TlsMaterial? _material;
    private volatile string _stamp = "";
    private volatile string? _brokenStamp;
    private string? _fault;
    private string? _suspected;
    private bool _isReported;
    private string? _unforeseen;
    private int _warnedOf;

    private NodeTls(RemoteOptions options)
    {
        _options = options;
        _loader = new TlsLoader(options.Tls, options.Hooks.TlsIdentity);
        Time = options.Hooks.TimeProvider ?? TimeProvider.System;
        Verifier = new PeerVerifier(options.Tls, Time);
        _timer = Detached.Timer(Time, static tls => ((NodeTls)tls!).Poll(), this);
    }

    /// <summary>There are new certificates. Raised on the thread pool.</summary>
    public event Action? Changed;

    public TimeProvider Time { get; }

    public PeerVerifier Verifier { get; }

    public ILogger Log { get; private set; } = NullLogger.Instance;

    /// <summary>Where the certificate comes from, for a message.</summary>
    public string Source => _loader.Source;

    /// <summary>The certificate that this node shows now, and where it comes from, for a message.</summary>
    public string Shown => Describe(_material);

    /// <summary>How long it is between two looks at what may have changed.</summary>
    public TimeSpan ReloadInterval => _options.Tls.ReloadInterval;

    /// <summary>The present generation of certificates.</summary>
    public int Generation => _material?.Generation ?? 0;

    /// <returns><see langword="null"/> when the options want no TLS.</returns>
    public static NodeTls? For(RemoteOptions options) => TlsRules.IsOn(options) ? new NodeTls(options) : null;

    /// <summary>Reads the certificates, and follows them from now on.</summary>
    /// <exception cref="RemoteException">They cannot be read.</exception>
    public void Start(ILogger log)
    {
        Log = log;
        _stamp = _loader.Stamp();
        _material = _loader.Load(generation: 1);
        TlsLog.On(Log, Shown, RootsOf(_material));
        _timer.Change(ReloadInterval, ReloadInterval);
    }

    /// <summary>The certificates for a handshake that begins now: files that changed are read again first.</summary>
    public TlsMaterial Current()
    {
        var stamp = _loader.Stamp();
        if (stamp != _stamp && stamp != _brokenStamp)
        {
            Refresh(stamp);
        }

        return _material ?? throw new InvalidOperationException("TLS has not started.");
    }

    /// <summary>Looks at this node's own certificate as its peers will. What they would not like is logged.</summary>
    /// <param name="address">Where they will dial this node; that of a node without a listener is none of a host.</param>
    public void Examine(string address)
    {
        var material = Current();
        if (material.Roots is null && _options.Tls is { PeerNames.Count: 0, RequireClientCertificate: true } && !ClientAddress.IsClient(address))
        {
            TlsLog.BelievesEverybody(Log, address);
        }

        foreach (var doubt in OwnCertificate.Doubts(material, Source, _options.Tls, address, Time.GetUtcNow()))
        {
            TlsLog.CertificateDoubtful(Log, doubt);
        }
    }

    public void Dispose() => _timer.Dispose();

    private string Describe(TlsMaterial? material) => material is { Certificate: not null }
        ? $"the certificate {material.Description}, from {Source}" : "no certificate (RemoteOptions.Tls.CertificatePath is not set)";

    private static string RootsOf(TlsMaterial material) => material.Roots?.Count switch
    {
        null => material.RootsSource,
        1 => $"1 authority, from {material.RootsSource}",
        var count => string.Create(CultureInfo.InvariantCulture, $"{count} authorities, from {material.RootsSource}"),
    };

    private void Poll()
    {
        try
        {
            var stamp = _loader.Stamp();
            if (stamp != _stamp || _loader.HasMoreThanFiles)
            {
                Refresh(stamp);
                Report();
            }

            WarnOfExpiry();
            _unforeseen = null;
        }
        catch (Exception exception)
        {
            // What a timer throws ends the process, and much of what is asked here is the application's.
            if (_unforeseen != exception.Message)
            {
                _unforeseen = exception.Message;
                TlsLog.RenewalFailed(Log, _material!.Description, exception.Message);
            }
        }
    }

    /// <summary>Takes up what is new, unless it is broken: the former certificates stay in use then.</summary>
    private void Refresh(string stamp)
    {
        TlsMaterial fresh;
        lock (_gate)
        {
            var former = _material!;
            try
            {
                fresh = _loader.Load(former.Generation + 1);
            }
            catch (RemoteException exception)
            {
                (_brokenStamp, _fault) = (stamp, exception.Message);
                return;
            }

            var now = Time.GetUtcNow();
            if (OwnCertificate.IsNow(former, now) && !OwnCertificate.IsNow(fresh, now))
            {
                // Without the time: the next look compares what is said.
                var limit = OwnCertificate.Limit(fresh.Certificate!, now);
                (_brokenStamp, _fault) = (stamp, $"The certificate {fresh.Description}, from {Source}, {limit}, and that is not now by the clock of this machine.");
                return;
            }

            (_stamp, _brokenStamp, _fault) = (stamp, null, null);
            if (fresh.IsSameAs(former))
            {
                return;
            }

            _material = fresh;
        }

        TlsLog.Renewed(Log, Describe(fresh), RootsOf(fresh));
        ThreadPool.UnsafeQueueUserWorkItem(static tls => tls.Changed?.Invoke(), this, preferLocal: false);
    }

    /// <summary>
    /// Says what is broken at the second look that finds it so: certificate and key are two files, and one is written after the other.
    /// </summary>
    private void Report()
    {
        string fault;
        lock (_gate)
        {
            if (_fault != _suspected)
            {
                (_suspected, _isReported) = (_fault, false);
                return;
            }

            if (_fault is null || _isReported)
            {
                return;
            }

            (fault, _isReported) = (_fault, true);
        }

        TlsLog.RenewalFailed(Log, _material!.Description, fault);
    }

    /// <summary>Once for each certificate, when a tenth of its time is left.</summary>
    private void WarnOfExpiry()
    {
        if (_material is { Certificate: not null } material && _warnedOf != material.Generation)
        {
            var (begin, end) = (material.NotBefore, material.NotAfter);
            var rest = end - Time.GetUtcNow().UtcDateTime;
            if (rest < (end - begin) / 10)
            {
                _warnedOf = material.Generation;
                TlsLog.CertificateExpires(Log, material.Description, Source, rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            }
        }
    }
}
