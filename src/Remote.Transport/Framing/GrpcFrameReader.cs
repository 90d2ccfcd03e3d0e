using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Remote.Transport;

/// <summary>
/// Reads the messages of a call one after the other, in place: <see cref="Message"/> points into the transport's own
/// buffers and is valid until the next read. One reader at a time.
/// </summary>
public sealed class GrpcFrameReader
{
    private readonly GrpcFrameSource _source;
    private PipeReader? _pipe;
    private ReadOnlySequence<byte> _unread;
    private ReadOnlySequence<byte> _message;
    private GrpcInflater? _inflater;
    private GrpcException? _failure;
    private long _bytesReceived;
    private long _buffered;
    private bool _holdsResult;
    private bool _sawEnd;
    private bool _completed;
    private int _maxMessageBytes;

    internal GrpcFrameReader(GrpcFrameSource source, int maxMessageBytes, PipeReader? pipe = null)
    {
        _source = source;
        _pipe = pipe;
        _maxMessageBytes = maxMessageBytes;
    }

    /// <summary>The current message without its prefix, decompressed. Valid until the next read.</summary>
    public ReadOnlySequence<byte> Message => _message;

    /// <summary>The largest message accepted, in bytes. A larger one ends the call before any of it is buffered.</summary>
    public int MaxMessageBytes
    {
        get => _maxMessageBytes;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _maxMessageBytes = value;
        }
    }

    /// <summary>How many bytes have arrived, of complete messages and of others. May be read from any thread: while it grows, the peer lives.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>
    /// Moves to the next message when it is buffered already. False says nothing about the end of the stream: go on with
    /// <see cref="ReadAsync"/>.
    /// </summary>
    /// <exception cref="GrpcException">The next frame is malformed or too large.</exception>
    public bool TryRead()
    {
        if (!_holdsResult)
        {
            return false;
        }

        _message = default;
        return TryParse();
    }

    /// <summary>Moves to the next message.</summary>
    /// <returns>False at the clean end of the stream. On the client that means the status is OK.</returns>
    /// <exception cref="GrpcException">The call ended with another status, was reset, or sent a malformed or too large frame.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is still usable.</exception>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default) =>
        TryRead() ? new ValueTask<bool>(true) : ReadCoreAsync(cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadCoreAsync(CancellationToken cancellationToken)
    {
        if (_failure is not null)
        {
            throw new GrpcException(_failure.Status, _failure);
        }

        if (_completed)
        {
            return false;
        }

        try
        {
            _pipe ??= await _source.OpenAsync(cancellationToken).ConfigureAwait(false);
            while (!_sawEnd)
            {
                Release();
                ReadResult result = await _pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
                _unread = result.Buffer;
                Count(_unread.Length);
                _holdsResult = true;
                _sawEnd = result.IsCompleted;
                if (result.IsCanceled)
                {
                    throw new OperationCanceledException("The call was aborted.");
                }

                if (TryParse())
                {
                    return true;
                }
            }

            return End();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (_failure is null)
        {
            throw Fail(exception);
        }
    }

    private void Count(long buffered)
    {
        Volatile.Write(ref _bytesReceived, _bytesReceived + buffered - _buffered);
        _buffered = buffered;
    }

    /// <summary>Gives consumed bytes back and marks the rest as seen, which is also what opens the flow-control window.</summary>
    private void Release()
    {
        if (_holdsResult)
        {
            _holdsResult = false;
            _buffered = _unread.Length;
            _pipe!.AdvanceTo(_unread.Start, _unread.End);
            _unread = default;
        }
    }

    private bool TryParse()
    {
        if (_unread.Length < GrpcFrameWriter.PrefixLength)
        {
            return false;
        }

        (bool compressed, long length) = ReadPrefix();
        if (length > _maxMessageBytes)
        {
            throw Fail(new GrpcException(GrpcStatusCode.ResourceExhausted, $"A message of {length} bytes is larger than the limit of {_maxMessageBytes}."));
        }

        long frameLength = GrpcFrameWriter.PrefixLength + length;
        if (_unread.Length < frameLength)
        {
            return false;
        }

        SequencePosition end = _unread.GetPosition(frameLength);
        _message = _unread.Slice(GrpcFrameWriter.PrefixLength, length);
        _unread = _unread.Slice(end);
        if (compressed)
        {
            Inflate();
        }

        return true;
    }

    private (bool Compressed, long Length) ReadPrefix()
    {
        ReadOnlySpan<byte> span = _unread.FirstSpan;
        if (span.Length < GrpcFrameWriter.PrefixLength)
        {
            Span<byte> joined = stackalloc byte[GrpcFrameWriter.PrefixLength];
            _unread.Slice(0, GrpcFrameWriter.PrefixLength).CopyTo(joined);
            return Decode(joined);
        }

        return Decode(span);
    }

    private (bool Compressed, long Length) Decode(ReadOnlySpan<byte> prefix)
    {
        if (prefix[0] > 1)
        {
            throw Fail(new GrpcException(GrpcStatusCode.Internal, $"The compression flag of a message is {prefix[0]}; it must be 0 or 1."));
        }

        return (prefix[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]));
    }

    private void Inflate()
    {
        try
        {
            _inflater ??= GrpcInflater.Create(_source.Encoding);
            _message = _inflater.Inflate(_message, _maxMessageBytes);
        }
        catch (GrpcException exception)
        {
            throw Fail(exception);
        }
    }

    private bool End()
    {
        if (!_unread.IsEmpty)
        {
            throw Fail(new GrpcException(GrpcStatusCode.Internal, "The stream ended in the middle of a message."));
        }

        Close();
        _source.OnEnd();
        return false;
    }

    private void Close()
    {
        _completed = true;
        Release();
        if (_source.OwnsPipe)
        {
            _pipe?.Complete();
            _pipe = null;
        }
    }

    private GrpcException Fail(Exception exception)
    {
        _message = default;
        Close();
        return _failure = _source.OnFailure(exception);
    }
}
