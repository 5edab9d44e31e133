using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Workers.Api.Fetching;

/// <summary>Certificates that servers show: those the machine trusts, and those of authorities that the configuration adds.</summary>
internal static class CertificateRules
{
    /// <summary>TLS as the machine does it, with the authorities of a PEM file added; null: none.</summary>
    public static SslClientAuthenticationOptions Options(string? authorities)
    {
        var options = new SslClientAuthenticationOptions();
        if (authorities is not null)
        {
            var added = new X509Certificate2Collection();
            added.ImportFromPemFile(authorities);
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, added);
        }

        return options;
    }

    private static bool IsTrusted(X509Certificate? shown, X509Chain? built, SslPolicyErrors errors, X509Certificate2Collection added)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        // Another name or none at all is never forgiven; only the question whom to trust is asked again.
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || shown is not X509Certificate2 certificate)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(added);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // An authority of one's own seldom publishes what it revoked.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1")); // for servers
        foreach (var between in built?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(between.Certificate);
        return chain.Build(certificate);
    }
}
