# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What the throw-away servers on loopback have in common (sourced by `prosody` and `ejabberd`): certificates, ports,
# and the life of the process. It wants $dir, the server's folder, and $tool, the name to complain under.
# A server writes only below $dir; `stop` ends the process that `start` began, no other.

# shellcheck disable=SC2154 # the sourcing script sets tool and dir
die() {
    echo "$tool: $*" >&2
    exit 1
}

# Is PID alive (a zombie is not), and is it the server of this folder?
is_ours() { # PID WHAT-ITS-COMMAND-LINE-HAS
    [ -n "${1:-}" ] && [ -r "/proc/$1/cmdline" ] || return 1
    case $(cut -d ')' -f 2- "/proc/$1/stat" 2>/dev/null) in ' Z'* | ' X'* | '') return 1 ;; esac
    tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"
}

make_ca() { # FILE-STEM COMMON-NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$2" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$1.key" -out "$1.pem"
}

make_certificates() { # DOMAIN [ANOTHER]
    mkdir -p "$dir/certs"
    {
        make_ca "$dir/certs/ca" "Throw-away CA"
        make_ca "$dir/certs/other-ca" "Another throw-away CA"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$1" \
            -CA "$dir/certs/ca.pem" -CAkey "$dir/certs/ca.key" \
            -addext "subjectAltName=DNS:$1,DNS:conference.$1${2:+,DNS:$2}" \
            -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
            -keyout "$dir/certs/server.key" -out "$dir/certs/server.pem"
    } >"$dir/openssl.log" 2>&1 || {
        cat "$dir/openssl.log" >&2
        die "openssl cannot make the certificates"
    }
}

use_certificate() { # FILE-STEM
    cp "$1.pem" "$dir/certs/server.pem"
    cp "$1.key" "$dir/certs/server.key"
}

# What goes into a string of the server's configuration: nothing that needs an escape is let in.
check_plain() {
    case $1 in *[\"\\]* | '') die "not usable here: '$1'" ;; esac
}

# Prints COUNT free ports, all different. Somebody else may take one before the server does.
free_ports() { # COUNT
    lua5.4 -e 'local held, ports = {}, {}
        for i = 1, tonumber(arg[1]) do
            held[i] = assert(require "socket".bind("127.0.0.1", 0))
            ports[i] = math.tointeger(select(2, held[i]:getsockname()))
        end
        print(table.concat(ports, " "))' /dev/null "$1" || die "no free port: is lua-socket there?"
}

# Sends SIGTERM and waits for the end; SIGKILL after 15 seconds.
end_process() { # PID WHAT-ITS-COMMAND-LINE-HAS
    is_ours "$1" "$2" || return 0
    kill -TERM "$1" 2>/dev/null || return 0
    polls=0
    while is_ours "$1" "$2"; do
        polls=$((polls + 1))
        [ "$polls" -lt 300 ] || kill -KILL "$1" 2>/dev/null || true
        sleep 0.05
    done
}
